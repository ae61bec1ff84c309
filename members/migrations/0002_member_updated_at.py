"""The services say when a member was changed; the table stays as it is."""

from django.db import migrations, models

import care.lib.clock


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "member", "updated_at", models.DateTimeField(default=care.lib.clock.now, editable=False)
                )
            ]
        )
    ]
