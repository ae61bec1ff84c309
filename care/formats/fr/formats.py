"""French dates: the month in words, also when it is short. The rest is Django's."""

DATETIME_FORMAT = "j F Y à H:i"
SHORT_DATE_FORMAT = "j N Y"
SHORT_DATETIME_FORMAT = "j N Y à H:i"
DAY_TIME_FORMAT = "j N à H:i"
