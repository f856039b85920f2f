"""The GraphQL that Shopify is asked, for Admin API 2026-10; tests run it on Shopify's own schema.

Nothing that is deprecated is asked for. A query costs points by how much it may bring, so how much
is a variable: orders a page, lines an order, parts a refund or fulfilment.
"""

from __future__ import annotations

VERSION = "2026-10"


def _with(*fragments: str) -> str:
    return "\n".join(fragments)


_MONEY = "fragment Money on MoneyBag { shopMoney { amount currencyCode } }"
_TAX = """
fragment Tax on TaxLine {
  title rate ratePercentage channelLiable priceSet { ...Money }
}"""
_ADDRESS = """
fragment Address on MailingAddress {
  firstName lastName company address1 address2 city province provinceCode zip
  country countryCodeV2 phone
}"""
_ALLOCATION = """
fragment Allocation on DiscountAllocation {
  allocatedAmountSet { ...Money } discountApplication { index }
}"""
_LINE = """
fragment Line on LineItem {
  id name title variantTitle sku vendor quantity currentQuantity
  isGiftCard requiresShipping taxable
  originalUnitPriceSet { ...Money } originalTotalSet { ...Money }
  discountAllocations { ...Allocation }
  taxLines { ...Tax }
  duties { id price { ...Money } taxLines { ...Tax } }
  customAttributes { key value }
  variant { id sku barcode } product { id productType } lineItemGroup { id title }
}"""
_SHIPPING = """
fragment Shipping on ShippingLine {
  id title code carrierIdentifier isRemoved
  originalPriceSet { ...Money } discountedPriceSet { ...Money }
  discountAllocations { ...Allocation } taxLines { ...Tax }
}"""
_TRANSACTION = """
fragment Transaction on OrderTransaction {
  id kind status test gateway formattedGateway paymentId accountNumber createdAt processedAt
  amountSet { ...Money } amountRoundingSet { ...Money }
  parentTransaction { id }
  paymentDetails {
    ... on CardPaymentDetails { company number paymentMethodName }
    ... on LocalPaymentMethodsPaymentDetails { paymentMethodName }
    ... on PaypalWalletPaymentDetails { paymentMethodName }
    ... on ShopPayInstallmentsPaymentDetails { paymentMethodName }
  }
  fees { amount { amount currencyCode } }
}"""
_REFUND_PARTS = """
fragment RefundLine on RefundLineItem {
  id quantity restockType restocked subtotalSet { ...Money } totalTaxSet { ...Money }
  lineItem { id }
}
fragment RefundShipping on RefundShippingLine {
  id subtotalAmountSet { ...Money } taxAmountSet { ...Money } shippingLine { id title }
}
fragment Adjusted on OrderAdjustment {
  id reason amountSet { ...Money } taxAmountSet { ...Money }
}"""
_REFUND = """
fragment Refunded on Refund {
  id createdAt processedAt note totalRefundedSet { ...Money }
  duties { amountSet { ...Money } originalDuty { id } }
  refundLineItems(first: $parts) { nodes { ...RefundLine } pageInfo { ...Next } }
  refundShippingLines(first: $parts) { nodes { ...RefundShipping } pageInfo { ...Next } }
  orderAdjustments(first: $parts) { nodes { ...Adjusted } pageInfo { ...Next } }
  transactions(first: $parts) { nodes { ...Transaction } pageInfo { ...Next } }
}"""
_SHIPMENT_LINE = "fragment ShipmentLine on FulfillmentLineItem { id quantity lineItem { id } }"
_SHIPMENT = """
fragment Shipment on Fulfillment {
  id status createdAt updatedAt trackingInfo(first: 10) { company number url }
  fulfillmentLineItems(first: $parts) { nodes { ...ShipmentLine } pageInfo { ...Next } }
}"""
_NEXT = "fragment Next on PageInfo { hasNextPage endCursor }"
_HEAD = """
fragment Head on Order {
  id name currencyCode presentmentCurrencyCode createdAt processedAt updatedAt cancelledAt closedAt
  cancelReason test edited confirmed email phone note poNumber tags sourceName statusPageUrl
  displayFinancialStatus displayFulfillmentStatus returnStatus
  taxesIncluded taxExempt dutiesIncluded discountCodes paymentGatewayNames
  attribution { handle displayName }
  customAttributes { key value }
  paymentTerms { paymentTermsName dueInDays }
  retailLocation { id name }
  merchantOfRecordApp { id name }
  customer {
    id displayName firstName lastName tags taxExempt
    defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber }
    defaultAddress { ...Address }
  }
  purchasingEntity { ... on PurchasingCompany { company { id name } location { id name } } }
  billingAddress { ...Address } shippingAddress { ...Address }
  totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  currentTotalPriceSet { ...Money } totalTaxSet { ...Money } currentTotalTaxSet { ...Money }
  totalDiscountsSet { ...Money } totalShippingPriceSet { ...Money }
  totalTipReceivedSet { ...Money } totalRefundedSet { ...Money } totalOutstandingSet { ...Money }
  originalTotalDutiesSet { ...Money } currentTotalDutiesSet { ...Money }
  totalCashRoundingAdjustment { paymentSet { ...Money } refundSet { ...Money } }
  taxLines { ...Tax }
  additionalFees { id name price { ...Money } taxLines { ...Tax } }
}"""
_ORDER = """
fragment Whole on Order {
  ...Head
  lineItems(first: $lines) { nodes { ...Line } pageInfo { ...Next } }
  shippingLines(first: $parts) { nodes { ...Shipping } pageInfo { ...Next } }
  discountApplications(first: $parts) { nodes { ...Applied } pageInfo { ...Next } }
  transactions(first: $records) { ...Transaction }
  refunds(first: $records) { ...Refunded }
  fulfillments(first: $records) { ...Shipment }
}"""
_APPLIED = """
fragment Applied on DiscountApplication {
  type: __typename
  index
  ... on DiscountCodeApplication { code }
  ... on AutomaticDiscountApplication { title }
  ... on ManualDiscountApplication { title description }
  ... on ScriptDiscountApplication { title }
}"""
_SIZES = "$lines: Int!, $parts: Int!, $records: Int!"
_WHOLE = _with(
    _ORDER, _HEAD, _LINE, _SHIPPING, _APPLIED, _TRANSACTION, _REFUND, _REFUND_PARTS, _SHIPMENT,
    _SHIPMENT_LINE, _ALLOCATION, _ADDRESS, _TAX, _MONEY, _NEXT,
)  # fmt: skip

ORDERS = f"""
query Orders($query: String, $first: Int!, $after: String, {_SIZES}) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ ...Whole }}
    pageInfo {{ ...Next }}
  }}
}}
{_WHOLE}"""
ORDERS_BY_ID = f"""
query OrdersById($ids: [ID!]!, {_SIZES}) {{
  nodes(ids: $ids) {{ ...Whole }}
}}
{_WHOLE}"""
COUNT = "query Count($query: String) { ordersCount(query: $query, limit: 1000) { count } }"
SHOP = """
query Shop {
  shop { name ianaTimezone currencyCode }
  currentAppInstallation { accessScopes { handle } }
  orders(first: 1, sortKey: UPDATED_AT) { nodes { id } }
}"""
SCOPES = "query Scopes { currentAppInstallation { accessScopes { handle } } }"


def _more(of: str, field: str, item: str, *fragments: str) -> str:
    needed = _with(*fragments, _NEXT)
    return f"""
query More($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on {of} {{
      {field}(first: 250, after: $after) {{ nodes {{ ...{item} }} pageInfo {{ ...Next }} }}
    }}
  }}
}}
{needed}"""


_LINE_PARTS = (_LINE, _ALLOCATION, _TAX, _MONEY)
_LEFT = "fragment Left on FulfillmentOrderLineItem { id remainingQuantity lineItem { id } }"
MORE: dict[tuple[str, str], str] = {
    ("Order", "lineItems"): _more("Order", "lineItems", "Line", *_LINE_PARTS),
    ("Order", "shippingLines"): _more(
        "Order", "shippingLines", "Shipping", _SHIPPING, _ALLOCATION, _TAX, _MONEY
    ),
    ("Order", "discountApplications"): _more("Order", "discountApplications", "Applied", _APPLIED),
    ("Refund", "transactions"): _more(
        "Refund", "transactions", "Transaction", _TRANSACTION, _MONEY
    ),
    ("Fulfillment", "fulfillmentLineItems"): _more(
        "Fulfillment", "fulfillmentLineItems", "ShipmentLine", _SHIPMENT_LINE
    ),
    ("FulfillmentOrder", "lineItems"): _more("FulfillmentOrder", "lineItems", "Left", _LEFT),
}
"""What comes after the first page of a connection, by the parent's type and the field."""


def _refund_part(field: str, item: str) -> str:
    fragment = next(
        f"fragment {one}" for one in _REFUND_PARTS.split("fragment ") if one.startswith(item)
    )
    return _more("Refund", field, item, fragment, _MONEY)


MORE |= {
    ("Refund", "refundLineItems"): _refund_part("refundLineItems", "RefundLine"),
    ("Refund", "refundShippingLines"): _refund_part("refundShippingLines", "RefundShipping"),
    ("Refund", "orderAdjustments"): _refund_part("orderAdjustments", "Adjusted"),
}

BULK_ORDERS = """
{
  orders(query: %s, sortKey: UPDATED_AT) {
    edges { node {
      ...Head
      shippingLine { ...Shipping }
      lineItems { edges { node { ...Line } } }
      transactions { ...Transaction }
      refunds { id }
      fulfillments { id status createdAt updatedAt trackingInfo { company number url } }
    } }
  }
}
""" + _with(_HEAD, _LINE, _SHIPPING, _TRANSACTION, _ALLOCATION, _ADDRESS, _TAX, _MONEY)
"""Run by Shopify on its own; it allows no connection within a list, and takes no variables."""
BULK_RUN = """
mutation BulkRun($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: true) {
    bulkOperation { id status }
    userErrors { field message }
  }
}"""
BULK_STATE = """
query BulkState($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount url }
}"""

LOCATIONS = """
query Locations($after: String) {
  locations(first: 50, after: $after) {
    nodes { id name isActive shipsInventory }
    pageInfo { hasNextPage endCursor }
  }
}"""
VARIANTS = """
query Variants($query: String!, $location: ID!) {
  productVariants(first: 100, query: $query) {
    nodes {
      id sku
      inventoryItem {
        id tracked
        inventoryLevel(locationId: $location) {
          id quantities(names: ["available"]) { name quantity }
        }
      }
    }
  }
}"""
SET_STOCK = """
mutation SetStock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { field code message }
  }
}"""

TO_SHIP = f"""
query ToShip($id: ID!) {{
  order(id: $id) {{
    id
    fulfillments(first: 100) {{ id status trackingInfo(first: 20) {{ number }} }}
    fulfillmentOrders(first: 20) {{
      nodes {{
        id status
        assignedLocation {{ name location {{ id }} }}
        lineItems(first: 40) {{ nodes {{ ...Left }} pageInfo {{ ...Next }} }}
      }}
    }}
  }}
}}
{_LEFT}
{_NEXT}"""
SHIP = """
mutation Ship($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id }
    userErrors { field message }
  }
}"""
SET_TRACKING = """
mutation SetTracking($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean) {
  fulfillmentTrackingInfoUpdate(
    fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify
  ) {
    fulfillment { id }
    userErrors { field message }
  }
}"""
