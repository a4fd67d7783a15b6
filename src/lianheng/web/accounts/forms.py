"""Forms of log-in and one's own account."""

from django import forms

from lianheng.web.accounts.models import User
from lianheng.web.accounts.passwords import BadPassword, check_password_rules


class LoginForm(forms.Form):
    username = forms.CharField(
        label="用户名", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="密码或一次性激活码",
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """The second factor at log-in and at its set-up."""

    code = forms.CharField(
        label="动态口令",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
    )


class PasswordForm(forms.Form):
    """Change one's own password; the old one is asked for even at the first log-in."""

    old = forms.CharField(
        label="现在的密码（用激活码登录的填激活码）",
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="新密码",
        max_length=200,
        help_text="至少 10 个字符，不要用姓名、用户名或常见密码。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一次新密码", max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: object, user: User, wait: int = 0, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.user, self.wait = user, wait

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        if self.wait:
            raise forms.ValidationError(f"连续输错次数较多，请 {self.wait} 秒后再试", code="wait")
        if not self.user.check_password(old):
            raise forms.ValidationError("现在的密码不对，请重新输入", code="wrong")
        return old

    def clean(self) -> None:
        new, again = self.cleaned_data.get("new"), self.cleaned_data.get("again")
        if new and again and new != again:
            self.add_error("again", "两次输入的新密码不一样")
        elif new and new == self.cleaned_data.get("old"):
            self.add_error("new", "新密码和现在的密码一样，请换一个")
        elif new:
            try:
                check_password_rules(new, self.user)
            except BadPassword as error:
                self.add_error("new", error.chinese)
