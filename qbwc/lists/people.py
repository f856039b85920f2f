"""Element tables that customers and vendors share."""

from qbwc.documents.elements import Amount, Date, Flag, Group, RefElement, Table, Text

NAME = Text("Name", 41, "refuse", required=True)
ACTIVE = Flag("IsActive")
CLASS = RefElement("ClassRef", 159)
PERSON: Table = (
    Text("CompanyName", 41),
    Text("Salutation", 15),
    Text("FirstName", 25),
    Text("MiddleName", 5),
    Text("LastName", 25),
    Text("JobTitle", 41),
)
CONTACT: Table = (
    Text("Phone", 21),
    Text("AltPhone", 21),
    Text("Fax", 21),
    Text("Email", 1023, "refuse"),
    Text("Cc", 1023, "refuse"),
    Text("Contact", 41),
    Text("AltContact", 41),
    Group(
        "AdditionalContactRef",
        (Text("ContactName", 40, required=True), Text("ContactValue", 255, required=True)),
        repeated=True,
    ),
)
NOTES: Table = (
    Text("Notes", 4095, multiline=True),
    Group(
        "AdditionalNotes",
        (Text("Note", 4095, required=True, multiline=True),),
        repeated=True,
    ),
)
OPENING: Table = (Amount("OpenBalance"), Date("OpenBalanceDate"))
CURRENCY = RefElement("CurrencyRef", 64)
