"""Content models of the requests that add, change, void and delete transactions."""

from __future__ import annotations

from typing import Final

_PRICE = "(Rate:PRICE|RatePercent:PCT|PriceLevelRef)?"
_CORE = "ItemRef? Desc:S4095? Quantity:QTY? UnitOfMeasure:S31?"
_AMOUNT = "ClassRef? Amount:AMT? TaxAmount:AMT?"
_SITE = "InventorySiteRef? InventorySiteLocationRef?"
_SERIAL = "(SerialNumber:S4095?|LotNumber:S40?)?"
_RULE = "OptionForPriceRuleConflict:E.PriceRule?"
_OTHERS = "Other1:S29? Other2:S29?"
_GROUP = "ItemGroupRef Desc:L4095? Quantity:QTY? UnitOfMeasure:S31?"
_MESSAGE = "Memo:S4095? CustomerMsgRef? IsToBePrinted:B? IsToBeEmailed:B?"
_TAXED = "IsTaxIncluded:B? CustomerSalesTaxCodeRef?"
_TAIL = "Other:S29? ExchangeRate:FLOAT? ExternalGUID:GUID?"
_ADDRESSES = "TxnDate:D? RefNumber:S11? BillAddress? ShipAddress?"
_TERMS = "PONumber:S25? TermsRef? DueDate:D? SalesRepRef? FOB:S13?"
_SHIPPING = "ShipDate:D? ShipMethodRef? ItemSalesTaxRef?"
_ONLINE_LINES = "DiscountLineAdd? SalesTaxLineAdd? ShippingLineAdd?"

_TXNS: Final = {
    "InvoiceAdd": (
        f"CustomerRef ClassRef? ARAccountRef? TemplateRef? {_ADDRESSES} IsPending:B? "
        f"IsFinanceCharge:B? {_TERMS} {_SHIPPING} {_MESSAGE} {_TAXED} {_TAIL} LinkToTxnID:ID* "
        f"SetCredit* (InvoiceLineAdd|InvoiceLineGroupAdd)* {_ONLINE_LINES}"
    ),
    "InvoiceMod": (
        "TxnID:ID EditSequence:S16 CustomerRef? ClassRef? ARAccountRef? TemplateRef? "
        f"{_ADDRESSES} IsPending:B? {_TERMS} {_SHIPPING} {_MESSAGE} {_TAXED} Other:S29? "
        "ExchangeRate:FLOAT? SetCredit* (InvoiceLineMod|InvoiceLineGroupMod)*"
    ),
    "SalesReceiptAdd": (
        f"CustomerRef? ClassRef? TemplateRef? {_ADDRESSES} IsPending:B? CheckNumber:S25? "
        "PaymentMethodRef? DueDate:D? SalesRepRef? ShipDate:D? ShipMethodRef? FOB:S13? "
        f"ItemSalesTaxRef? {_MESSAGE} {_TAXED} DepositToAccountRef? CreditCardTxnInfo? {_TAIL} "
        f"(SalesReceiptLineAdd|SalesReceiptLineGroupAdd)+ {_ONLINE_LINES}"
    ),
    "SalesReceiptMod": (
        f"TxnID:ID EditSequence:S16 CustomerRef? ClassRef? TemplateRef? {_ADDRESSES} IsPending:B? "
        "CheckNumber:S25? PaymentMethodRef? DueDate:D? SalesRepRef? ShipDate:D? ShipMethodRef? "
        f"FOB:S13? ItemSalesTaxRef? {_MESSAGE} {_TAXED} DepositToAccountRef? Other:S29? "
        "ExchangeRate:FLOAT? (SalesReceiptLineMod|SalesReceiptLineGroupMod)*"
    ),
    "SalesOrderAdd": (
        f"CustomerRef ClassRef? TemplateRef? {_ADDRESSES} {_TERMS} {_SHIPPING} "
        f"IsManuallyClosed:B? {_MESSAGE} {_TAXED} {_TAIL} "
        "(SalesOrderLineAdd|SalesOrderLineGroupAdd)+"
    ),
    "SalesOrderMod": (
        f"TxnID:ID EditSequence:S16 CustomerRef? ClassRef? TemplateRef? {_ADDRESSES} {_TERMS} "
        f"{_SHIPPING} IsManuallyClosed:B? {_MESSAGE} {_TAXED} Other:S29? ExchangeRate:FLOAT? "
        "(SalesOrderLineMod|SalesOrderLineGroupMod)*"
    ),
    "EstimateAdd": (
        f"CustomerRef ClassRef? TemplateRef? {_ADDRESSES} IsActive:B? {_TERMS} ItemSalesTaxRef? "
        f"Memo:S4095? CustomerMsgRef? IsToBeEmailed:B? {_TAXED} {_TAIL} "
        "(EstimateLineAdd|EstimateLineGroupAdd)+"
    ),
    "CreditMemoAdd": (
        f"CustomerRef ClassRef? ARAccountRef? TemplateRef? {_ADDRESSES} IsPending:B? {_TERMS} "
        f"{_SHIPPING} {_MESSAGE} {_TAXED} {_TAIL} (CreditMemoLineAdd|CreditMemoLineGroupAdd)+ "
        f"{_ONLINE_LINES}"
    ),
    "ReceivePaymentAdd": (
        "CustomerRef ARAccountRef? TxnDate:D? RefNumber:S20? TotalAmount:AMT? ExchangeRate:FLOAT? "
        "PaymentMethodRef? Memo:S4095? DepositToAccountRef? CreditCardTxnInfo? ExternalGUID:GUID? "
        "(IsAutoApply:B|AppliedToTxnAdd+)"
    ),
    "ReceivePaymentMod": (
        "TxnID:ID EditSequence:S16 CustomerRef? ARAccountRef? TxnDate:D? RefNumber:S20? "
        "TotalAmount:AMT? ExchangeRate:FLOAT? PaymentMethodRef? Memo:S4095? DepositToAccountRef? "
        "AppliedToTxnMod*"
    ),
    "ARRefundCreditCardAdd": (
        "CustomerRef RefundFromAccountRef? ARAccountRef? TxnDate:D? RefNumber:S11? Address? "
        "PaymentMethodRef? Memo:S4095? CreditCardTxnInfo? ExchangeRate:FLOAT? ExternalGUID:GUID? "
        "RefundAppliedToTxnAdd+"
    ),
    "CheckAdd": (
        "AccountRef PayeeEntityRef? RefNumber:S11? TxnDate:D? Memo:S4095? Address? "
        "IsToBePrinted:B? IsTaxIncluded:B? SalesTaxCodeRef? ExchangeRate:FLOAT? "
        "ExternalGUID:GUID? ApplyCheckToTxnAdd* ExpenseLineAdd*"
    ),
    "PurchaseOrderAdd": (
        "VendorRef? ClassRef? (InventorySiteRef?|ShipToEntityRef?)? TemplateRef? TxnDate:D? "
        "RefNumber:S11? VendorAddress? ShipAddress? TermsRef? DueDate:D? ExpectedDate:D? "
        "ShipMethodRef? FOB:S13? Memo:S4095? VendorMsg:S99? IsToBePrinted:B? IsToBeEmailed:B? "
        "IsTaxIncluded:B? SalesTaxCodeRef? Other1:S25? Other2:S29? ExchangeRate:FLOAT? "
        "ExternalGUID:GUID? (PurchaseOrderLineAdd|PurchaseOrderLineGroupAdd)+"
    ),
    "PurchaseOrderMod": (
        "TxnID:ID EditSequence:S16 VendorRef? ClassRef? (InventorySiteRef?|ShipToEntityRef?)? "
        "TemplateRef? TxnDate:D? RefNumber:S11? VendorAddress? ShipAddress? TermsRef? DueDate:D? "
        "ExpectedDate:D? ShipMethodRef? FOB:S13? IsManuallyClosed:B? Memo:S4095? VendorMsg:S99? "
        "IsToBePrinted:B? IsToBeEmailed:B? IsTaxIncluded:B? SalesTaxCodeRef? Other1:S25? "
        "Other2:S29? ExchangeRate:FLOAT?"
    ),
}

_INVOICE_LINE = f"{_RULE} {_SITE} {_SERIAL} ServiceDate:D? SalesTaxCodeRef?"

TXN_MODELS: Final[dict[str, str]] = {
    **_TXNS,
    **{f"{name}Rq": f"{name} IncludeRetElement:S50*" for name in _TXNS},
    "InvoiceLineAdd": (
        f"{_CORE} {_PRICE} {_AMOUNT} {_INVOICE_LINE} IsTaxable:B? OverrideItemAccountRef? "
        f"{_OTHERS} LinkToTxn? DataExt*"
    ),
    "InvoiceLineMod": (
        f"TxnLineID:ID {_CORE} OverrideUOMSetRef? {_PRICE} {_AMOUNT} {_INVOICE_LINE} "
        f"OverrideItemAccountRef? {_OTHERS}"
    ),
    "InvoiceLineGroupMod": (
        "TxnLineID:ID ItemGroupRef? Quantity:QTY? UnitOfMeasure:S31? OverrideUOMSetRef? "
        "InvoiceLineMod*"
    ),
    "SalesReceiptLineAdd": (
        f"{_CORE} {_PRICE} {_AMOUNT} {_INVOICE_LINE} IsTaxable:B? OverrideItemAccountRef? "
        f"{_OTHERS} CreditCardTxnInfo? DataExt*"
    ),
    "SalesReceiptLineMod": (
        f"TxnLineID:ID {_CORE} OverrideUOMSetRef? {_PRICE} {_AMOUNT} {_INVOICE_LINE} "
        f"OverrideItemAccountRef? {_OTHERS}"
    ),
    "SalesReceiptLineGroupMod": (
        "TxnLineID:ID ItemGroupRef? Quantity:QTY? UnitOfMeasure:S31? OverrideUOMSetRef? "
        "SalesReceiptLineMod*"
    ),
    "CreditMemoLineAdd": (
        f"{_CORE} {_PRICE} {_AMOUNT} {_SITE} {_SERIAL} ServiceDate:D? SalesTaxCodeRef? "
        f"IsTaxable:B? OverrideItemAccountRef? {_OTHERS} CreditCardTxnInfo? DataExt*"
    ),
    "SalesOrderLineAdd": (
        f"{_CORE} {_PRICE} {_AMOUNT} {_RULE} {_SITE} {_SERIAL} SalesTaxCodeRef? "
        f"IsManuallyClosed:B? {_OTHERS} DataExt*"
    ),
    "SalesOrderLineMod": (
        f"TxnLineID:ID {_CORE} OverrideUOMSetRef? {_PRICE} {_AMOUNT} {_RULE} {_SITE} {_SERIAL} "
        f"SalesTaxCodeRef? IsManuallyClosed:B? {_OTHERS}"
    ),
    "SalesOrderLineGroupMod": (
        "TxnLineID:ID ItemGroupRef? Quantity:QTY? UnitOfMeasure:S31? OverrideUOMSetRef? "
        "SalesOrderLineMod*"
    ),
    "EstimateLineAdd": (
        f"{_CORE} (Rate:PRICE|RatePercent:PCT)? {_AMOUNT} {_RULE} {_SITE} SalesTaxCodeRef? "
        "(MarkupRate:PRICE|MarkupRatePercent:PCT|PriceLevelRef)? OverrideItemAccountRef? "
        f"{_OTHERS} DataExt*"
    ),
    "PurchaseOrderLineAdd": (
        "ItemRef? ManufacturerPartNumber:S31? Desc:S4095? Quantity:QTY? UnitOfMeasure:S31? "
        "Rate:PRICE? ClassRef? Amount:AMT? TaxAmount:AMT? InventorySiteLocationRef? CustomerRef? "
        f"ServiceDate:D? SalesTaxCodeRef? OverrideItemAccountRef? {_OTHERS} DataExt*"
    ),
    "InvoiceLineGroupAdd": f"{_GROUP} ServiceDate:D? {_SITE} DataExt*",
    "SalesReceiptLineGroupAdd": f"{_GROUP} ServiceDate:D? {_SITE} DataExt*",
    "CreditMemoLineGroupAdd": f"{_GROUP} ServiceDate:D? {_SITE} DataExt*",
    "SalesOrderLineGroupAdd": f"{_GROUP} {_SITE} DataExt*",
    "EstimateLineGroupAdd": f"{_GROUP} {_SITE} DataExt*",
    "PurchaseOrderLineGroupAdd": (f"{_GROUP} ServiceDate:D? InventorySiteLocationRef? DataExt*"),
    "ExpenseLineAdd": (
        "AccountRef? Amount:AMT? TaxAmount:AMT? Memo:S4095? CustomerRef? ClassRef? "
        "SalesTaxCodeRef? BillableStatus:E.BillableStatus? SalesRepRef? DataExt*"
    ),
    "ApplyCheckToTxnAdd": "TxnID:ID! Amount:AMT?",
    "DataExt": "OwnerID:GUID DataExtName:S31 DataExtValue:S",
    "LinkToTxn": "TxnID:ID TxnLineID:ID",
    "SetCredit": "CreditTxnID:ID! TxnLineID:ID? AppliedAmount:AMT Override:B?",
    "AppliedToTxnAdd": (
        "TxnID:ID! PaymentAmount:AMT? TxnLineDetail* SetCredit* DiscountAmount:AMT? "
        "DiscountAccountRef? DiscountClassRef?"
    ),
    "AppliedToTxnMod": (
        "TxnID:ID PaymentAmount:AMT? SetCredit* DiscountAmount:AMT? DiscountAccountRef? "
        "DiscountClassRef?"
    ),
    "TxnLineDetail": "TxnLineID:ID Amount:AMT",
    "RefundAppliedToTxnAdd": "TxnID:ID! RefundAmount:AMT",
    "DiscountLineAdd": "(Amount:AMT|RatePercent:PCT)? IsTaxable:B? AccountRef?",
    "SalesTaxLineAdd": "(Amount:AMT|RatePercent:PCT)? AccountRef?",
    "ShippingLineAdd": "Amount:AMT AccountRef?",
    "CreditCardTxnInfo": "CreditCardTxnInputInfo CreditCardTxnResultInfo",
    "CreditCardTxnInputInfo": (
        "CreditCardNumber:S25 ExpirationMonth:INT ExpirationYear:INT NameOnCard:S41 "
        "CreditCardAddress:S41? CreditCardPostalCode:S18? CommercialCardCode:S24? "
        "TransactionMode:E.TransactionMode? CreditCardTxnType:E.CreditCardTxnType?"
    ),
    "CreditCardTxnResultInfo": (
        "ResultCode:INT ResultMessage:S60 CreditCardTransID:S24 MerchantAccountNumber:S32 "
        "AuthorizationCode:S12? AVSStreet:E.AVS? AVSZip:E.AVS? CardSecurityCodeMatch:E.AVS? "
        "ReconBatchID:S84? PaymentGroupingCode:INT? PaymentStatus:E.PaymentStatus "
        "TxnAuthorizationTime:DT TxnAuthorizationStamp:INT? ClientTransID:S16?"
    ),
    "TxnDelRq": "TxnDelType:E.TxnDelType TxnID:ID",
    "TxnVoidRq": "TxnVoidType:E.TxnVoidType TxnID:ID",
}

MACRO_ELEMENTS: Final = frozenset(
    name for name in TXN_MODELS if name.endswith("Add") and name in _TXNS
) | {"InvoiceLineAdd", "SalesReceiptLineAdd", "CreditMemoLineAdd", "PurchaseOrderLineAdd",
     "ExpenseLineAdd"}  # fmt: skip
"""Elements that may carry defMacro."""

_VOIDABLE = (
    "ARRefundCreditCard Bill BillPaymentCheck BillPaymentCreditCard Charge Check "
    "CreditCardCharge CreditCardCredit CreditMemo Deposit InventoryAdjustment Invoice "
    "ItemReceipt JournalEntry SalesReceipt VendorCredit"
)
TXN_ENUMS: Final[dict[str, str]] = {
    "PriceRule": "Zero BasePrice",
    "BillableStatus": "Billable NotBillable HasBeenBilled",
    "TransactionMode": "CardNotPresent CardPresent",
    "CreditCardTxnType": "Authorization Capture Charge Refund VoiceAuthorization",
    "AVS": "Pass Fail NotAvailable",
    "PaymentStatus": "Unknown Completed",
    "TxnVoidType": _VOIDABLE,
    "TxnDelType": (
        f"{_VOIDABLE} BuildAssembly Estimate PurchaseOrder ReceivePayment SalesOrder "
        "SalesTaxPaymentCheck TimeTracking TransferInventory VehicleMileage"
    ),
}
