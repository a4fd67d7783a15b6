from django.apps import AppConfig

ACTION_NAMES = {
    "accounts.account_created": "新建账号",
    "accounts.account_disabled": "停用账号",
    "accounts.account_enabled": "启用账号",
    "accounts.password_reset": "重置密码",
    "accounts.password_released": "放行密码",
    "accounts.password_changed": "本人改密码",
    "accounts.person_moved": "调整所在单位",
    "accounts.work_handed_over": "移交在办事项",
    "accounts.people_imported": "导入人员",
    "accounts.codes_fetched": "领取激活码清单",
    "accounts.role_granted": "授予角色",
    "accounts.roles_granted": "批量授予角色",
    "accounts.role_ended": "收回角色",
    "accounts.role_delegated": "请人代班（AB岗）",
    "accounts.delegation_ended": "结束代班（AB岗）",
    "accounts.keys_rotated": "更换封存密钥",
    "accounts.logged_in": "登录",
    "accounts.logged_out": "退出登录",
    "accounts.log_in_failed": "登录失败",
    "accounts.failures_swept": "登录失败计数到期清理",
    "accounts.second_factor_set_up": "设置动态口令",
    "accounts.second_factor_failed": "动态口令不对",
    "accounts.second_factor_cleared": "清除动态口令",
    "accounts.recovery_code_used": "用恢复码登录",
}


class AccountsConfig(AppConfig):
    name = "lianheng.web.accounts"
    verbose_name = "账号与权限"

    def ready(self) -> None:
        from lianheng.web.accounts import grant_job, import_job, throttle
        from lianheng.web.accounts.actor_names import NAME_OF_ACTOR
        from lianheng.web.accounts.checks import fit_for_production
        from lianheng.web.shell import jobs, start_checks, ticks
        from lianheng.web.shell.clock import now
        from lianheng.web.trail.queries import name_actions, name_actors

        start_checks.register(fit_for_production)
        jobs.register(import_job.KIND, import_job.IMPORT)
        jobs.register(grant_job.KIND, grant_job.GRANT)
        ticks.register("accounts.sweep_failures", lambda: throttle.sweep_failures(now()))
        name_actions(ACTION_NAMES)
        name_actors(NAME_OF_ACTOR)
