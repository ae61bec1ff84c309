"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "care.settings")
# Pages come one after the other: they keep their connection. A worker does not, and a database may restart under it.
os.environ.setdefault("CARE_CONN_MAX_AGE", "60")
application = get_wsgi_application()
