"""Who is in the demo. Days are counted from today, so that the story is always about to happen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the demo.

    `birthday_in` is the number of days until the next birthday (negative: it has just been), `joined_ago` the days
    since joining; a round number of years comes round today. `own` is an own date: what it is, in how many days, since
    which year.
    """

    name: str
    zone: str
    joined_ago: int
    birthday_in: int | None = None
    born: int | None = None
    called: str = ""
    pronouns: str = ""
    language: str = ""
    country: str = ""
    company: str = ""
    tags: tuple[str, ...] = ()
    has_email: bool = True
    status: str = "active"
    note: str = ""
    restricted: str = ""
    held: tuple[int, str] | None = None
    own: tuple[str, int, int] | None = None
    introduced_by: str = ""
    is_leap: bool = False


PARIS, LONDON, LAGOS, TOKYO = "Europe/Paris", "Europe/London", "Africa/Lagos", "Asia/Tokyo"

PEOPLE = [
    Person(
        "Maya Okafor",
        LAGOS,
        joined_ago=820,
        birthday_in=0,
        born=34,
        called="Maya",
        pronouns="she/her",
        country="Nigeria",
        company="Clay & Fire",
        tags=("Speaker", "Ambassador"),
        note="Opened her second studio in spring. Loves ash glazes and bad puns.",
    ),
    Person(
        "Jonas Lindqvist",
        "Europe/Stockholm",
        joined_ago=3 * 365 - 1,
        birthday_in=120,
        born=51,
        country="Sweden",
        tags=("Ambassador",),
        note="Answers beginners' questions before anybody else is awake.",
    ),
    Person(
        "Aroha Ngata",
        "Pacific/Auckland",
        joined_ago=640,
        is_leap=True,
        called="Aroha",
        country="New Zealand",
        tags=("Wood firing",),
        note="Born on 29 February and proud of it.",
    ),
    Person(
        "Léa Moreau",
        PARIS,
        joined_ago=1,
        birthday_in=77,
        language="fr",
        country="France",
        tags=("Newcomer",),
        note="Veut monter un atelier partagé à Nantes.",
        introduced_by="Maya Okafor",
    ),
    Person("Kwame Mensah", "Africa/Accra", joined_ago=0, country="Ghana", tags=("Newcomer",)),
    Person(
        "Tomás Rivera",
        "America/Mexico_City",
        joined_ago=410,
        birthday_in=1,
        called="Tomás",
        country="Mexico",
        company="Barro Alto",
        tags=("Teacher",),
    ),
    Person(
        "田中 由紀",
        TOKYO,
        joined_ago=900,
        birthday_in=3,
        born=45,
        called="Yuki",
        pronouns="she/her",
        country="Japan",
        tags=("Wood firing", "Speaker"),
        note="Prefers a short note to a long one.",
    ),
    Person("Ingrid Sørensen", "Europe/Oslo", joined_ago=500, birthday_in=-1, born=62, country="Norway"),
    Person(
        "Hana Kowalska",
        "Europe/Warsaw",
        joined_ago=700,
        birthday_in=2,
        country="Poland",
        held=(30, "Mourning: her mother died this month."),
        restricted="Asked not to be called. A card from the team was sent.",
    ),
    Person(
        "Ole Hansen",
        "Europe/Copenhagen",
        joined_ago=2100,
        birthday_in=1,
        born=84,
        country="Denmark",
        has_email=False,
        note="No e-mail. A handwritten card goes a long way.",
    ),
    Person(
        "Priya Raman",
        "Asia/Kolkata",
        joined_ago=330,
        birthday_in=200,
        called="Priya",
        country="India",
        company="Red Earth Studio",
        own=("the opening of Red Earth Studio", 5, 2019),
        tags=("Teacher",),
    ),
    Person("Salma Aziz", "Africa/Casablanca", joined_ago=363, birthday_in=150, language="fr", country="Morocco"),
    Person(
        "Amélie Dubois", PARIS, joined_ago=363, birthday_in=9, language="fr", country="France", company="Atelier Sel"
    ),
    Person("Ngozi Eze", LAGOS, joined_ago=205, birthday_in=6, called="Ngozi", country="Nigeria"),
    Person("Владимир Орлов", "Asia/Tbilisi", joined_ago=450, birthday_in=12, called="Volodya", country="Georgia"),
    Person("Ελένη Παπαδοπούλου", "Europe/Athens", joined_ago=280, birthday_in=4, called="Eleni", country="Greece"),
    Person("محمد الفاسي", "Africa/Casablanca", joined_ago=610, birthday_in=33, called="Mohamed", country="Morocco"),
    Person("נועה לוי", "Asia/Jerusalem", joined_ago=33, birthday_in=64, called="Noa", country="Israel"),
    Person("Nguyễn Thị Hoa", "Asia/Ho_Chi_Minh", joined_ago=512, birthday_in=8, called="Hoa", country="Vietnam"),
    Person("Seán O’Brien", "Europe/Dublin", joined_ago=730 - 2, birthday_in=91, country="Ireland"),
    Person("Björk Jónsdóttir", "Atlantic/Reykjavik", joined_ago=1300, birthday_in=-23, country="Iceland"),
    Person("김민지", "Asia/Seoul", joined_ago=222, birthday_in=11, called="Minji", country="South Korea"),
    Person("王小明", "Asia/Shanghai", joined_ago=95, birthday_in=47, called="Xiaoming", country="China"),
    Person("Lucas Almeida", "America/Sao_Paulo", joined_ago=365 * 2 - 6, birthday_in=130, country="Brazil"),
    Person(
        "Charlotte Whitfield", LONDON, joined_ago=1460 - 4, birthday_in=-19, country="United Kingdom", tags=("Speaker",)
    ),
    Person("Dmitri van der Berg", "Europe/Amsterdam", joined_ago=365 - 10, birthday_in=-14, country="Netherlands"),
    Person("Wanjiru Kamau", "Africa/Nairobi", joined_ago=310, birthday_in=13, country="Kenya", tags=("Wood firing",)),
    Person("Giulia Conti", "Europe/Rome", joined_ago=480, birthday_in=-16, country="Italy"),
    Person("Étienne Lefèvre", PARIS, joined_ago=11, birthday_in=142, language="fr", country="France"),
    Person("Rosa Jiménez", "Europe/Madrid", joined_ago=730 + 18, birthday_in=99, country="Spain", tags=("Teacher",)),
    Person(
        "Sam Taylor", "America/Chicago", joined_ago=26, birthday_in=-12, pronouns="they/them", country="United States"
    ),
    Person("Kai Nakamura", "Pacific/Honolulu", joined_ago=400, birthday_in=5, country="United States"),
    Person("Fatou Diop", "Africa/Dakar", joined_ago=260, birthday_in=-20, language="fr", country="Senegal"),
    Person("Anneli Tamm", "Europe/Tallinn", joined_ago=340, birthday_in=-33, country="Estonia"),
    Person("Mehmet Yılmaz", "Europe/Istanbul", joined_ago=365 + 9, birthday_in=26, country="Turkey"),
    Person("Zsófia Nagy", "Europe/Budapest", joined_ago=190, birthday_in=-8, country="Hungary"),
    Person("Olivia Brown", "Australia/Sydney", joined_ago=660, birthday_in=10, country="Australia"),
    Person("Hugo Petit", "America/Montreal", joined_ago=16, birthday_in=-26, language="fr", country="Canada"),
    Person("Mele Faleolo", "Pacific/Apia", joined_ago=175, birthday_in=7, called="Mele", country="Samoa"),
    Person("Ravi Shrestha", "Asia/Kathmandu", joined_ago=365 - 9, birthday_in=-30, country="Nepal"),
    Person("Elif Demir", "Europe/Berlin", joined_ago=20, birthday_in=160, country="Germany"),
    Person("Oskar Novák", "Europe/Prague", joined_ago=800, birthday_in=55, country="Czechia", status="left"),
    Person("Bertha Klein", "Europe/Vienna", joined_ago=1500, birthday_in=3, country="Austria", status="deceased"),
]

# Who was reached lately: name, days ago, what was done.
GESTURES = [
    ("Charlotte Whitfield", 3, "Thanked her for the talk on reduction firing"),
    ("Jonas Lindqvist", 12, "Sent the winter glaze samples"),
    ("Rosa Jiménez", 20, "Called about her pupils' exhibition"),
    ("Giulia Conti", 25, "Wrote after her kiln was repaired"),
    ("Lucas Almeida", 31, "Introduced him to Priya"),
    ("Björk Jónsdóttir", 40, "Congratulated her on the prize in Reykjavik"),
    ("田中 由紀", 52, "Sent the book on ash glazes"),
    ("Maya Okafor", 58, "Spoke about her second studio"),
    ("Seán O’Brien", 63, "Answered his question on cones by phone"),
    ("Владимир Орлов", 71, "Wrote about the wood supply"),
    ("Wanjiru Kamau", 75, "Thanked her for helping two beginners"),
    ("Mehmet Yılmaz", 80, "Sent photographs of his first firing"),
    ("Fatou Diop", 84, "Welcomed her by phone"),
    ("Anneli Tamm", 86, "Asked how the move went"),
    ("Olivia Brown", 88, "Sent a card after the flood"),
    ("Amélie Dubois", 200, "Thanked her for the visit to her studio"),
]
