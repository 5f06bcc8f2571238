"""The words of drawn text: word-like logos with longer words that hold them, and running text in ten languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.materials import pick

Chance = np.random.Generator

# A logo that is an ordinary word too, and longer words that hold it.
HOLDERS: Final[dict[str, tuple[str, ...]]] = {
    "arm": ("charming", "pharmacy", "warmth", "armrest", "farmer", "alarm"),
    "fast": ("breakfast", "fasten", "fastener", "steadfast", "fastest"),
    "charm": ("charming", "charms", "charmed", "bracelet charms"),
    "pure": ("purely", "impure", "purest", "purees"),
    "core": ("hardcore", "scored", "cores", "encore", "corer"),
    "next": ("nextdoor", "nexts", "annext"),
    "fit": ("fitted", "fitness", "benefit", "outfit", "fittings"),
    "one": ("stone", "phone", "silicone", "honey", "bones", "money"),
    "air": ("airtight", "chair", "hair", "repair", "airflow", "fair"),
    "sun": ("sunscreen", "sunglasses", "sundress", "unsung"),
    "ever": ("every", "reversible", "never", "lever", "clever"),
    "park": ("parka", "sparkle", "parking", "sparks"),
    "lux": ("luxury", "influx", "deluxe", "fluxes"),
    "mode": ("modern", "model", "modest", "moderate"),
    "vent": ("ventilated", "prevent", "inventory", "seventy"),
    "rest": ("restful", "interest", "wrest", "restore", "armrest"),
    "boss": ("emboss", "embossed", "bossy", "bosses"),
    "gap": ("gaps", "stopgap", "gapless"),
    "orange": ("oranges", "orangery", "blood orange"),
    "shell": ("shells", "shellac", "eggshell", "softshell"),
    "target": ("targeted", "targets", "retarget"),
    "guess": ("guessing", "guesswork", "guessed"),
    "dove": ("doves", "dovetail", "dovecote"),
    "tide": ("tidy", "tides", "riptide"),
    "beats": ("heartbeats", "upbeats", "beatson"),
    "zoom": ("zooms", "zoomed", "zooming"),
    "soft": ("softener", "softly", "microsofts", "softest"),
    "home": ("homemade", "homely", "homes", "chrome"),
    "pro": ("product", "protect", "waterproof", "approx", "profile"),
    "max": ("maximum", "climax", "maxi", "maximal"),
}
# Of listings: what it is, how it is made, cared for and sent. A language each; words of two scripts beside Latin.
LANGUAGES: Final[dict[str, str]] = {
    "en": """the of and with for in to made from cotton steel soft fast warm home kitchen wash cold iron low heat
    water resistant size colour material weight height width length pack set includes cable charging battery
    hours free shipping return policy warranty months quality premium design natural fit comfortable adjustable
    strap pocket zip front back inside outside dry clean only do not bleach please note actual may vary slightly
    due light screen one year new arrivals sale offer customer reviews questions delivery within working days
    order before noon arm chair table lamp pure core next air model product description features specifications
    brand type power input output""",
    "de": """und mit für aus der die das Baumwolle Stahl waschbar kalt Bügeln niedrig Größe Farbe Material
    Gewicht Höhe Breite Länge Lieferumfang Kabel Akku Stunden kostenloser Versand Rückgabe Garantie Monate
    Qualität natürlich bequem verstellbar Tasche Reißverschluss vorne hinten innen außen nicht bleichen Hinweis
    Abweichungen möglich Lieferung Werktage Bestellung Bewertungen Eigenschaften Leistung warm Arm fest rund
    Stück wasserdicht""",
    "fr": """le la les de du et avec pour en coton acier lavage froid repassage doux taille couleur matière poids
    hauteur largeur longueur contenu câble batterie heures livraison gratuite retour garantie mois qualité
    naturel confortable réglable poche fermeture avant arrière intérieur extérieur ne pas blanchir remarque
    jours ouvrables commande avis caractéristiques puissance charme mode pure étanche""",
    "es": """el la los de y con para en algodón acero lavado frío planchado suave talla color material peso
    altura ancho largo incluye cable batería horas envío gratis devolución garantía meses calidad natural cómodo
    ajustable bolsillo cremallera delante detrás interior exterior no usar lejía nota entrega días laborables
    pedido opiniones potencia""",
    "it": """il la di e con per in cotone acciaio lavaggio freddo stiratura morbido taglia colore materiale peso
    altezza larghezza lunghezza contenuto cavo batteria ore spedizione gratuita reso garanzia mesi qualità
    naturale comodo regolabile tasca cerniera davanti dietro interno esterno non candeggiare consegna giorni
    ordine recensioni""",
    "pl": """i z do na bawełna stal pranie zimno prasowanie miękki rozmiar kolor materiał waga wysokość szerokość
    długość zestaw kabel bateria godziny darmowa dostawa zwrot gwarancja miesiące jakość naturalny wygodny
    kieszeń zamek przód tył wewnątrz nie wybielać uwaga dni robocze zamówienie opinie moc""",
    "tr": """ve ile için pamuk çelik yıkama soğuk ütü yumuşak beden renk malzeme ağırlık yükseklik genişlik
    uzunluk kablo pil saat ücretsiz kargo iade garanti ay kalite doğal rahat cep fermuar ön arka iç dış ağartıcı
    kullanmayın teslimat""",
    "sv": """och med för bomull stål tvätt kallt strykning mjuk storlek färg vikt höjd bredd längd innehåll kabel
    batteri timmar fri frakt retur garanti månader kvalitet naturlig bekväm justerbar ficka dragkedja fram bak
    arm varm fast""",
    "ru": """и с для из хлопок сталь стирка холодная глажка мягкий размер цвет материал вес высота ширина длина
    комплект кабель батарея часов бесплатная доставка возврат гарантия месяцев качество удобный карман молния""",
    "el": """και με για βαμβάκι ατσάλι πλύσιμο κρύο σίδερο μέγεθος χρώμα υλικό βάρος ύψος πλάτος μήκος καλώδιο
    μπαταρία ώρες δωρεάν αποστολή επιστροφή εγγύηση μήνες ποιότητα άνετο τσέπη φερμουάρ""",
}
LATIN: Final = tuple(name for name in LANGUAGES if name not in {"ru", "el"})


@dataclass(frozen=True, slots=True)
class Prose:
    """A source of running text in one language; now and then one of `planted` stands among its words."""

    chance: Chance
    words: Sequence[str]
    planted: Sequence[str] = ()
    share: float = 0.12  # of the words that are planted ones

    def word(self) -> str:
        """One word."""
        if self.planted and self.chance.random() < self.share:
            return pick(self.chance, self.planted)
        return pick(self.chance, self.words)

    def phrase(self, low: int, high: int) -> str:
        """`low` to `high` words."""
        return " ".join(self.word() for _ in range(int(self.chance.integers(low, high + 1))))

    def certain(self, low: int, high: int) -> str:
        """A phrase that holds one of the planted words, if there are any."""
        said = self.phrase(low, high).split(" ")
        if self.planted:
            place = int(self.chance.integers(len(said)))
            said[place] = pick(self.chance, self.planted)
        return " ".join(said)

    def sentence(self) -> str:
        """A sentence of 5 to 14 words."""
        said = self.phrase(5, 14)
        return said[0].upper() + said[1:] + "."

    def value(self) -> str:
        """A measure, a code or a word, as the right column of a table has."""
        kind = int(self.chance.integers(5))
        number = int(self.chance.integers(1, 400))
        units = ("cm", "mm", "g", "W", "mAh", "ml", "kg", "in", "%", "V")
        if kind < 2:
            return f"{number} {pick(self.chance, units)}"
        if kind == 2:
            return f"{number / 10:.1f} - {number / 10 + 4:.1f}"
        return self.phrase(1, 3)


def prose(chance: Chance, planted: Sequence[str] = (), *, any_script: bool = False) -> Prose:
    """Running text of a language: half of the time English."""
    names = tuple(LANGUAGES) if any_script else LATIN
    name = "en" if chance.random() < 0.5 else pick(chance, names)
    return Prose(chance, LANGUAGES[name].split(), planted)
