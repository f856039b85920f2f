"""Content models of the requests that add, change and delete list records."""

from __future__ import annotations

from typing import Final

ADDRESS: Final = (
    "Addr1:S41? Addr2:S41? Addr3:S41? Addr4:S41? Addr5:S41? "
    "City:S31? State:S21? PostalCode:S13? Country:S31? Note:S41?"
)
_PERSON = "Salutation:S15? FirstName:S25? MiddleName:S5? LastName:S25? Suffix:S?"
_REACH = (
    "Phone:S21? Mobile:S21? Pager:S21? AltPhone:S21? Fax:S21? Email:S1023? Cc:S1023? "
    "Contact:S41? AltContact:S41?"
)
_CUSTOMER_JOB = (
    "JobStatus:E.JobStatus? JobStartDate:D? JobProjectedEndDate:D? JobEndDate:D? JobDesc:S99? "
    "JobTypeRef? Notes:S4095?"
)
_ITEM_HEAD = "Name:S31 BarCode? IsActive:B?"
_ITEM_PRICE = (
    "IsTaxIncluded:B? SalesTaxCodeRef? (SalesOrPurchase|SalesAndPurchase) ExternalGUID:GUID?"
)

_RECORDS: Final = {
    "CustomerAdd": (
        "Name:S41 IsActive:B? ClassRef? ParentRef? CompanyName:S41? "
        f"{_PERSON} JobTitle:S41? BillAddress? ShipAddress? ShipToAddress* PrintAs:S41? {_REACH} "
        "AdditionalContactRef* Contacts* CustomerTypeRef? TermsRef? SalesRepRef? "
        "OpenBalance:AMT? OpenBalanceDate:D? SalesTaxCodeRef? ItemSalesTaxRef? "
        "SalesTaxCountry:E.SalesTaxCountry? ResaleNumber:S15? AccountNumber:S99? CreditLimit:AMT? "
        f"PreferredPaymentMethodRef? CreditCardInfo? {_CUSTOMER_JOB} AdditionalNotes* "
        "IsStatementWithParent:B? DeliveryMethod:E.DeliveryMethod? "
        "PreferredDeliveryMethod:E.PreferredDeliveryMethod? PriceLevelRef? ExternalGUID:GUID? "
        "TaxRegistrationNumber:S30? CurrencyRef?"
    ),
    "CustomerMod": (
        "ListID:ID EditSequence:S16 Name:S41? IsActive:B? ClassRef? ParentRef? CompanyName:S41? "
        f"{_PERSON} JobTitle:S41? BillAddress? ShipAddress? ShipToAddress* PrintAs:S41? {_REACH} "
        "AdditionalContactRef* ContactsMod* CustomerTypeRef? TermsRef? SalesRepRef? "
        "SalesTaxCodeRef? ItemSalesTaxRef? SalesTaxCountry:E.SalesTaxCountry? ResaleNumber:S15? "
        "AccountNumber:S99? CreditLimit:AMT? PreferredPaymentMethodRef? CreditCardInfo? "
        f"{_CUSTOMER_JOB} AdditionalNotesMod* IsStatementWithParent:B? "
        "DeliveryMethod:E.DeliveryMethod? PreferredDeliveryMethod:E.PreferredDeliveryMethod? "
        "PriceLevelRef? TaxRegistrationNumber:S30? CurrencyRef?"
    ),
    "VendorAdd": (
        f"Name:S41 IsActive:B? ClassRef? CompanyName:S41? {_PERSON} JobTitle:S41? VendorAddress? "
        f"ShipAddress? {_REACH} AdditionalContactRef* Contacts* NameOnCheck:S41? "
        "AccountNumber:S99? Notes:S4095? AdditionalNotes* VendorTypeRef? TermsRef? "
        "CreditLimit:AMT? VendorTaxIdent:S15? IsVendorEligibleFor1099:B? OpenBalance:AMT? "
        "OpenBalanceDate:D? BillingRateRef? ExternalGUID:GUID? SalesTaxCodeRef? "
        "SalesTaxCountry:E.SalesTaxCountry? IsSalesTaxAgency:B? SalesTaxReturnRef? "
        "TaxRegistrationNumber:S30? ReportingPeriod:E.ReportingPeriod? "
        "IsTaxTrackedOnPurchases:B? TaxOnPurchasesAccountRef? IsTaxTrackedOnSales:B? "
        "TaxOnSalesAccountRef? IsTaxOnTax:B? PrefillAccountRef* CurrencyRef?"
    ),
    "OtherNameAdd": (
        "Name:S41 IsActive:B? CompanyName:S41? Salutation:S15? FirstName:S25? MiddleName:S5? "
        "LastName:S25? OtherNameAddress? Phone:S21? AltPhone:S21? Fax:S21? Email:S1023? "
        "Contact:S41? AltContact:S41? AccountNumber:S99? Notes:S4095? ExternalGUID:GUID?"
    ),
    "ClassAdd": "Name:S31 IsActive:B? ParentRef?",
    "CustomerTypeAdd": "Name:S31 IsActive:B? ParentRef?",
    "StandardTermsAdd": (
        "Name:S31 IsActive:B? StdDueDays:INT? StdDiscountDays:INT? DiscountPct:PCT?"
    ),
    "DateDrivenTermsAdd": (
        "Name:S31 IsActive:B? DayOfMonthDue:INT DueNextMonthDays:INT? DiscountDayOfMonth:INT? "
        "DiscountPct:PCT?"
    ),
    "PaymentMethodAdd": "Name:S31 IsActive:B? PaymentMethodType:E.PaymentMethodType?",
    "ShipMethodAdd": "Name:S15 IsActive:B?",
    "CustomerMsgAdd": "Name:S101 IsActive:B?",
    "SalesRepAdd": "Initial:S5 IsActive:B? SalesRepEntityRef",
    "PriceLevelAdd": "Name:S31 IsActive:B? PriceLevelFixedPercentage:PCT",
    "UnitOfMeasureSetAdd": (
        "Name:S31 IsActive:B? UnitOfMeasureType:E.UnitOfMeasureType BaseUnit RelatedUnit* "
        "DefaultUnit*"
    ),
    "InventorySiteAdd": (
        "Name:S31 IsActive:B? ParentSiteRef? SiteDesc:S100? Contact:S41? Phone:S21? Fax:S21? "
        "Email:S1023?"
    ),
    "SalesTaxCodeAdd": (
        "Name:S3 IsActive:B? IsTaxable:B Desc:S31? ItemPurchaseTaxRef? ItemSalesTaxRef?"
    ),
    "CurrencyAdd": "Name:S64 IsActive:B? CurrencyCode:S3",
    "AccountAdd": (
        "Name:S31 IsActive:B? ParentRef? AccountType:E.AccountType "
        "AccountNumber:L7? BankNumber:S25? Desc:S200? OpenBalance:AMT? OpenBalanceDate:D? "
        "SalesTaxCodeRef? TaxLineID:INT? CurrencyRef?"
    ),
    "ItemServiceAdd": f"{_ITEM_HEAD} ClassRef? ParentRef? UnitOfMeasureSetRef? {_ITEM_PRICE}",
    "ItemNonInventoryAdd": (
        f"{_ITEM_HEAD} ParentRef? ClassRef? ManufacturerPartNumber:S31? UnitOfMeasureSetRef? "
        f"{_ITEM_PRICE}"
    ),
    "ItemOtherChargeAdd": f"{_ITEM_HEAD} ClassRef? ParentRef? {_ITEM_PRICE}",
    "ItemInventoryAdd": (
        f"{_ITEM_HEAD} ClassRef? ParentRef? ManufacturerPartNumber:S31? UnitOfMeasureSetRef? "
        "IsTaxIncluded:B? SalesTaxCodeRef? SalesDesc:S4095? SalesPrice:PRICE? IncomeAccountRef? "
        "PurchaseDesc:S4095? PurchaseCost:PRICE? PurchaseTaxCodeRef? COGSAccountRef? "
        "PrefVendorRef? AssetAccountRef? ReorderPoint:QTY? Max:QTY? QuantityOnHand:QTY? "
        "TotalValue:AMT? InventoryDate:D? ExternalGUID:GUID?"
    ),
    "ItemDiscountAdd": (
        f"{_ITEM_HEAD} ClassRef? ParentRef? ItemDesc:S4095? SalesTaxCodeRef? "
        "(DiscountRate:PRICE|DiscountRatePercent:PCT)? AccountRef? ExternalGUID:GUID?"
    ),
    "ItemSubtotalAdd": f"{_ITEM_HEAD} ItemDesc:S4095? ExternalGUID:GUID?",
    "ItemPaymentAdd": (
        f"{_ITEM_HEAD} ClassRef? ItemDesc:S4095? DepositToAccountRef? PaymentMethodRef? "
        "ExternalGUID:GUID?"
    ),
    "ItemSalesTaxAdd": (
        f"{_ITEM_HEAD} ClassRef? ItemDesc:S4095? TaxRate:PCT? TaxVendorRef? "
        "SalesTaxReturnLineRef? ExternalGUID:GUID?"
    ),
    "ItemSalesTaxGroupAdd": (f"{_ITEM_HEAD} ItemDesc:S4095? ExternalGUID:GUID? ItemSalesTaxRef+"),
    "ItemGroupAdd": (
        f"{_ITEM_HEAD} ItemDesc:S4095? UnitOfMeasureSetRef? IsPrintItemsInGroup:B? "
        "ExternalGUID:GUID? ItemGroupLine*"
    ),
}

_DATA_EXT = (
    "OwnerID:GUID DataExtName:S31 (OtherDataExtType:E.OtherDataExtType|"
    "(ListDataExtType:E.ListDataExtType ListObjRef)|"
    "(TxnDataExtType:E.TxnDataExtType TxnID:ID TxnLineID:ID?)) DataExtValue:S"
)

LIST_MODELS: Final[dict[str, str]] = {
    **_RECORDS,
    **{f"{name}Rq": f"{name} IncludeRetElement:S50*" for name in _RECORDS},
    "BillAddress": ADDRESS,
    "ShipAddress": ADDRESS,
    "VendorAddress": ADDRESS,
    "OtherNameAddress": ADDRESS,
    "Address": ADDRESS,
    "ShipToAddress": f"Name:S41 {ADDRESS} DefaultShipTo:B?",
    "AdditionalContactRef": "ContactName:S40 ContactValue:S255",
    "Contacts": (
        "Salutation:S15? FirstName:S25 MiddleName:S5? LastName:S25? JobTitle:S41? "
        "AdditionalContactRef*"
    ),
    "ContactsMod": (
        "ListID:ID? EditSequence:S16? Salutation:S15? FirstName:S25 MiddleName:S5? "
        "LastName:S25? JobTitle:S41? AdditionalContactRef*"
    ),
    "CreditCardInfo": (
        "CreditCardNumber:S25? ExpirationMonth:INT? ExpirationYear:INT? NameOnCard:S41? "
        "CreditCardAddress:S41? CreditCardPostalCode:S41?"
    ),
    "AdditionalNotes": "Note:S4095",
    "AdditionalNotesMod": "NoteID:INT Note:S4095",
    "BarCode": "BarCodeValue:S50? AssignEvenIfUsed:B? AllowOverride:B?",
    "SalesOrPurchase": "Desc:S4095? (Price:PRICE|PricePercent:PCT)? AccountRef?",
    "SalesAndPurchase": (
        "SalesDesc:S4095? SalesPrice:PRICE? IncomeAccountRef? PurchaseDesc:S4095? "
        "PurchaseCost:PRICE? PurchaseTaxCodeRef? ExpenseAccountRef? PrefVendorRef?"
    ),
    "ItemGroupLine": "ItemRef? Quantity:QTY? UnitOfMeasure:S31?",
    "BaseUnit": "Name:S31 Abbreviation:S31",
    "RelatedUnit": "Name:S31 Abbreviation:S31 ConversionRatio:PRICE",
    "DefaultUnit": "UnitUsedFor:E.UnitUsedFor Unit:S31",
    "ListDelRq": "ListDelType:E.ListDelType ListID:ID",
    "DataExtAddRq": "DataExtAdd",
    "DataExtModRq": "DataExtMod",
    "DataExtAdd": _DATA_EXT,
    "DataExtMod": _DATA_EXT,
}

LIST_ENUMS: Final[dict[str, str]] = {
    "JobStatus": "Awarded Closed InProgress None NotAwarded Pending",
    "DeliveryMethod": "Email Fax Print",
    "UnitOfMeasureType": "Area Count Length Other Time Volume Weight",
    "UnitUsedFor": "Purchase Sales Shipping",
    "PreferredDeliveryMethod": "None Email Fax",
    "SalesTaxCountry": "Australia Canada UK US",
    "ReportingPeriod": "Monthly Quarterly",
    "OtherDataExtType": "Company",
    "ListDataExtType": "Customer Employee Item OtherName Vendor",
    "TxnDataExtType": (
        "ARRefundCreditCard Check CreditMemo Estimate Invoice PurchaseOrder ReceivePayment "
        "SalesOrder SalesReceipt"
    ),
    "PaymentMethodType": (
        "AmericanExpress Cash Check DebitCard Discover ECheck GiftCard MasterCard Other "
        "OtherCreditCard Visa"
    ),
    "AccountType": (
        "AccountsPayable AccountsReceivable Bank CostOfGoodsSold CreditCard Equity Expense "
        "FixedAsset Income LongTermLiability NonPosting OtherAsset OtherCurrentAsset "
        "OtherCurrentLiability OtherExpense OtherIncome"
    ),
    "ListDelType": (
        "Account Class Currency Customer CustomerMsg CustomerType DateDrivenTerms Employee "
        "InventorySite ItemDiscount ItemFixedAsset ItemGroup ItemInventory ItemInventoryAssembly "
        "ItemNonInventory ItemOtherCharge ItemPayment ItemSalesTax ItemSalesTaxGroup ItemService "
        "ItemSubtotal JobType OtherName PaymentMethod PriceLevel SalesRep SalesTaxCode "
        "ShipMethod StandardTerms UnitOfMeasureSet Vendor VendorType"
    ),
}
