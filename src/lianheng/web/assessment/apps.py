from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "lianheng.web.assessment"
    verbose_name = "考评"
