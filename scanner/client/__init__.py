"""A typed client of the service, synchronous and asynchronous, which retries calls that fail for the moment.

    client = Client("https://markscan.example", key)
    answer = client.send(scan_listing([Path("front.jpg")], Listing(listing_id="L-1", seller_id="S123", market="DE")))

Needs `pip install "markscan[client]"`.
"""

from scanner.client.calls import (
    Call,
    Image,
    ServiceError,
    add_appeal_documents,
    appeal,
    authorize,
    edit_brand,
    list_authorizations,
    list_brands,
    list_references,
    list_scans,
    read_scan,
    read_seller_notice,
    register_reference,
    register_word,
    reinstate_reference,
    revoke,
    save_brand,
    scan_listing,
    search_marks,
    withdraw_reference,
)
from scanner.client.messages import MessageUnsigned, read_message
from scanner.client.sending import AsyncClient, Client

__all__ = [
    "AsyncClient",
    "Call",
    "Client",
    "Image",
    "MessageUnsigned",
    "ServiceError",
    "add_appeal_documents",
    "appeal",
    "authorize",
    "edit_brand",
    "list_authorizations",
    "list_brands",
    "list_references",
    "list_scans",
    "read_message",
    "read_scan",
    "read_seller_notice",
    "register_reference",
    "register_word",
    "reinstate_reference",
    "revoke",
    "save_brand",
    "scan_listing",
    "search_marks",
    "withdraw_reference",
]
