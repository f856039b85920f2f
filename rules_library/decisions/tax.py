"""How sales tax gets into QuickBooks."""

from rules_library.decision import Choice, Decision, Reference, YesNo

TAX_MODE = Decision(
    key="tax_mode",
    label="Sales tax",
    help="Let QuickBooks compute it from codes and tax items, add the store's tax as a line item, "
    "or leave it out (then only untaxed orders can be posted).",
    group="Tax",
    kind=Choice(
        {
            "codes": "QuickBooks computes it",
            "line_item": "The store's tax as a line",
            "none": "No tax",
        }
    ),
    default="line_item",
    honoured_by="qbwc.planning.tax",
)

TAX_LINE_ITEM = Decision(
    key="tax_line_item",
    label="Tax line item",
    help="The item that carries the store's tax as a line.",
    group="Tax",
    kind=Reference("Item"),
    default="Sales Tax",
    honoured_by="qbwc.planning.tax",
)

TAX_ITEM = Decision(
    key="tax_item",
    label="Tax item",
    help="The sales tax item or group of the document, e.g. from a table by state. QuickBooks for "
    "Canada, the United Kingdom and Australia have the rate in each line's tax code instead.",
    group="Tax",
    kind=Reference("Item"),
    honoured_by="qbwc.planning.tax",
)

TAX_CODE = Decision(
    key="tax_code",
    label="Customer tax code",
    help="The document's sales tax code, e.g. Tax or Non.",
    group="Tax",
    kind=Reference("SalesTaxCode"),
    fills="CustomerSalesTaxCodeRef",
)

LINE_TAX_CODE = Decision(
    key="line_tax_code",
    label="Tax code of a line",
    help="Used when QuickBooks computes the tax. Outside the United States the code carries the "
    "rate, e.g. from a table by province or country.",
    group="Tax",
    kind=Reference("SalesTaxCode"),
    default={"if": [{"var": "line.taxable"}, "Tax", "Non"]},
    titles=("Taxable",),
    scope="line",
    honoured_by="qbwc.planning.lines",
)

SHIPPING_TAX_CODE = Decision(
    key="shipping_tax_code",
    label="Tax code of shipping and fees",
    help="Used when QuickBooks computes the tax; taxable when the store taxed the charge.",
    group="Tax",
    kind=Reference("SalesTaxCode"),
    default={"if": [{"var": "charge.tax"}, "Tax", "Non"]},
    titles=("Taxed by the store",),
    scope="charge",
    honoured_by="qbwc.planning.charges",
)

DISCOUNT_TAX_CODE = Decision(
    key="discount_tax_code",
    label="Tax code of discount lines",
    help="Used when QuickBooks computes the tax and discounts are lines.",
    group="Tax",
    kind=Reference("SalesTaxCode"),
    default="Tax",
    honoured_by="qbwc.planning.charges",
)

MARKETPLACE_TAX = Decision(
    key="marketplace_tax",
    label="Tax that a marketplace remits",
    help="Leave it out of sale and payment, or show it in and out as two lines.",
    group="Tax",
    kind=Choice({"leave_out": "Leave it out", "in_and_out": "Show it in and out"}),
    default="leave_out",
    honoured_by="qbwc.planning.tax",
)

PRICES_INCLUDE_TAX = Decision(
    key="prices_include_tax",
    label="Amounts include tax",
    help="Write prices with their tax in them, by default where the store shows them so. Used when "
    "QuickBooks computes the tax; QuickBooks for the United States has no such amounts.",
    group="Tax",
    kind=YesNo(),
    default={"var": "order.prices_include_tax"},
    honoured_by="qbwc.planning.line_taxes",
)
