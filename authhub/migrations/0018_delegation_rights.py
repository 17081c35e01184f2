"""Add the rights to hand on permissions of an API and to assign a role."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("authhub", "0017_pending_assignment"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="resourceserver",
            options={
                "ordering": ["name", "pk"],
                "permissions": [("delegate_resourceserver", "Can hand on permissions of an API")],
                "verbose_name": "API",
                "verbose_name_plural": "APIs",
            },
        ),
        migrations.AlterModelOptions(
            name="role",
            options={
                "ordering": ["name"],
                "permissions": [("assign_role", "Can assign a role")],
                "verbose_name": "role",
                "verbose_name_plural": "roles",
            },
        ),
    ]
