"""The status codes of results and of message sets, after Intuit's list of qbXML status codes."""

from __future__ import annotations

from typing import Final

from qbwc.status.judgement import (
    AGAIN,
    CREATE,
    DONE,
    EMPTY,
    FEW,
    MANY,
    PERSON,
    REFRESH,
    WAIT,
    Judgement,
    Row,
)

_OURS: Final = "Report this with the request: the program should not have sent it."

STATUS: dict[int, Row] = {
    0: (DONE, "QuickBooks did it.", ""),
    1: (EMPTY, "QuickBooks has nothing that matches.", "Nothing to do."),
    500: (
        CREATE,
        "Something that was named does not exist in QuickBooks.",
        "Check whether it was deleted or renamed in QuickBooks; it is created if rules allow.",
    ),
    501: (PERSON, "QuickBooks cannot express the record in this qbXML version.", _OURS),
    510: (
        PERSON,
        "QuickBooks cannot return the record.",
        "Look at the record in QuickBooks: it may be of a kind that it tells nobody about.",
    ),
    530: (
        PERSON,
        "This QuickBooks edition does not support one of the fields.",
        "Clear the rule that fills the field, or use an edition that has it.",
    ),
    531: (
        PERSON,
        "This QuickBooks edition does not support one of the values.",
        "Choose another value in the rule that fills the field.",
    ),
    550: (DONE, "The record was saved, but not its notes.", "Enter the notes by hand if needed."),
    560: (DONE, "Done; a field is used that Intuit means to drop.", "Nothing to do for now."),
    570: (
        PERSON,
        "The transaction that it should link to is already closed.",
        "Look whether somebody invoiced or closed the order in QuickBooks; then mark as posted.",
    ),
    600: (
        REFRESH,
        "QuickBooks has no record of that message set.",
        "Nothing to do: QuickBooks is searched for the documents before anything is sent again.",
    ),
    1000: (
        AGAIN,
        "QuickBooks had an internal error.",
        "If it happens again: verify the company file (File, Utilities, Verify Data).",
        FEW,
    ),
    1010: (
        AGAIN,
        "QuickBooks was not available.",
        "If it goes on: look whether QuickBooks is running and shows no open dialogue.",
        MANY,
    ),
    1030: (
        PERSON,
        "This QuickBooks edition does not support the request.",
        "Sales orders need Premier or Enterprise: choose another transaction type, or upgrade.",
    ),
    1060: (PERSON, "QuickBooks refused the request's id.", _OURS),
    3000: (
        REFRESH,
        "A ListID or TxnID is not one of this company file.",
        "Check that the right company file is open; the lists are read again.",
    ),
    3010: (PERSON, "A yes-or-no value could not be read.", _OURS),
    3020: (PERSON, "A date could not be read or is out of range.", "Check the order's dates."),
    3030: (PERSON, "The dates of a range are the wrong way round.", _OURS),
    3031: (PERSON, "The ends of a range are not valid.", _OURS),
    3035: (PERSON, "A length of time could not be read.", _OURS),
    3040: (
        PERSON,
        "An amount could not be read or is too large.",
        "Check the order's amounts: no more than two decimals and thirteen digits.",
    ),
    3045: (
        PERSON,
        "A price could not be read.",
        "Check the line's price: no more than five decimals.",
    ),
    3050: (
        PERSON,
        "A percentage could not be read.",
        "Check the discount or tax rate: no more than five decimals.",
    ),
    3060: (
        PERSON,
        "A quantity could not be read.",
        "Check the line's quantity: no more than five decimals.",
    ),
    3070: (
        PERSON,
        "A text is longer than QuickBooks allows.",
        "Shorten what the message names, in the shop or in the rule that fills it.",
    ),
    3080: (
        PERSON,
        "A text holds something that QuickBooks does not accept.",
        "Change what the message names, in the shop or in the rule that fills it.",
    ),
    3090: (
        PERSON,
        "A name holds something that QuickBooks does not accept, such as a colon.",
        "Change the name, or the rule that forms it.",
    ),
    3100: (
        PERSON,
        "The name is already in use, perhaps by a vendor, an employee or another name.",
        "Rename the entry in QuickBooks, or change the rule that forms the name.",
    ),
    3120: (
        CREATE,
        "The record that was named is not in QuickBooks.",
        "Check whether it was deleted or merged in QuickBooks; it is created if rules allow.",
    ),
    3130: (
        CREATE,
        "The parent of the entry is not in QuickBooks.",
        "Create the parent in QuickBooks, or change the rule that forms the name.",
    ),
    3140: (
        CREATE,
        "The document refers to a list entry that is not in QuickBooks.",
        "Create what the message names in QuickBooks, or choose another in the rule.",
    ),
    3150: (
        PERSON,
        "A field that QuickBooks requires is missing.",
        "Add a rule that fills the field that the message names.",
    ),
    3160: (
        PERSON,
        "QuickBooks cannot delete the record.",
        "Look in QuickBooks what uses it; delete or void it there by hand.",
    ),
    3161: (
        PERSON,
        "QuickBooks cannot delete the record before something else is gone.",
        "Look in QuickBooks what is linked to it, such as a payment or a deposit.",
    ),
    3170: (
        PERSON,
        "QuickBooks cannot change the record.",
        "Read QuickBooks' own words; change the record by hand, or leave it as it is.",
    ),
    3171: (
        PERSON,
        "The date is on or before the closing date of the books.",
        "Change the date, or move the closing date in QuickBooks, then release the order.",
    ),
    3175: (
        AGAIN,
        "The record is in use by somebody in QuickBooks.",
        "If it goes on: close the window that shows the record in QuickBooks.",
        MANY,
    ),
    3176: (
        AGAIN,
        "A record that belongs to it is in use by somebody in QuickBooks.",
        "If it goes on: close the customer's and the items' windows in QuickBooks.",
        MANY,
    ),
    3180: (
        AGAIN,
        "QuickBooks could not save the record.",
        "Read QuickBooks' own words: often a full list, a number in use, or a damaged file.",
        FEW,
    ),
    3185: (
        PERSON,
        "QuickBooks cannot void the transaction.",
        "Void it by hand in QuickBooks, or enter a credit memo.",
    ),
    3200: (
        REFRESH,
        "Somebody has changed the record in QuickBooks since we last saw it.",
        "Nothing to do: it is read again, and the change is made on what it is now.",
    ),
    3205: (
        PERSON,
        "The address has too many lines or too long ones.",
        "Shorten the address in the shop, or the rule that forms it.",
    ),
    3210: (
        PERSON,
        "QuickBooks does not accept a value.",
        "Read QuickBooks' own words; a payment may be larger than what is still due.",
    ),
    3220: (
        PERSON,
        "QuickBooks does not allow that to be done from outside.",
        "Do it by hand in QuickBooks.",
    ),
    3231: (AGAIN, "QuickBooks did not come to this request.", WAIT, MANY),
    3240: (
        PERSON,
        "QuickBooks could not tell when the record was made or changed.",
        "Verify the company file (File, Utilities, Verify Data).",
    ),
    3250: (
        PERSON,
        "A feature is switched off or not part of this QuickBooks edition.",
        "Switch it on in QuickBooks' preferences, or change the rule that uses it.",
    ),
    3260: (
        PERSON,
        "The QuickBooks user of the Web Connector may not do that.",
        "Give the user the right in QuickBooks, or let the Web Connector log in as another.",
    ),
    3261: (
        PERSON,
        "The application may not see personal data.",
        "In QuickBooks: Edit, Preferences, Integrated Applications, allow personal data.",
    ),
    3262: (PERSON, "The application may not use payroll.", _OURS),
    3263: (
        PERSON,
        "The application may only read.",
        "Add the connector file again and allow changes when QuickBooks asks.",
    ),
    3264: (
        PERSON,
        "The application may not use the merchant service.",
        "Clear the rule that sends card data.",
    ),
    3270: (
        PERSON,
        "A posting account is missing.",
        "Give the item an income account in QuickBooks, or name the account in the rule.",
    ),
    3391: (
        REFRESH,
        "QuickBooks no longer has the list that was being read.",
        "Nothing to do: the list is read from its beginning.",
    ),
    9001: (
        PERSON,
        "The message set with this id was another one.",
        "Look in QuickBooks for the set's documents; mark what is there as posted.",
    ),
    9002: (
        REFRESH,
        "QuickBooks did the set but kept no answer.",
        "Nothing to do: QuickBooks is searched for the documents before anything is sent again.",
    ),
    9003: (PERSON, "QuickBooks reported an unknown recovery status.", _OURS),
    9004: (PERSON, "The message set's id is too long.", _OURS),
    9005: (
        REFRESH,
        "QuickBooks could not store its answer.",
        "Check the disk that holds the company file; QuickBooks is searched for the documents.",
    ),
}

MACRO = Judgement(
    AGAIN,
    "The document that this one belongs to was not posted.",
    "See to that document first; this one is sent with it.",
    FEW,
)
