"""What the Web Connector tells of QuickBooks and the open company file (strHCPResponse)."""

from __future__ import annotations

from dataclasses import dataclass, field

from qbwc import qbxml
from qbwc.lists import company
from qbwc.lists.company import Company


def bare(guid: str) -> str:
    """A GUID as it is compared: lower case, no braces."""
    return guid.strip().strip("{}").lower()


@dataclass(frozen=True, slots=True)
class Host:
    """QuickBooks and its company file, as the first sendRequestXML of a session tells them."""

    company: Company = field(default_factory=Company)

    def file_id(self, owner_id: str) -> str:
        """The FileID under our OwnerID, bare, or nothing."""
        found = {bare(owner): bare(file) for owner, file in self.company.file_ids}
        return found.get(bare(owner_id), "")

    @property
    def version(self) -> str:
        """The newest qbXML version that QuickBooks and we both speak; ours if it does not say."""
        ours = _number(qbxml.VERSION)
        spoken = [each for each in self.company.versions if () < _number(each) <= ours]
        return max(spoken, key=_number, default=qbxml.VERSION)


def _number(version: str) -> tuple[int, ...]:
    """A version as numbers; "CA3.0" and other dialects are none that we speak."""
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(map(str.isdigit, parts)) else ()


def read(text: str) -> Host:
    """Read strHCPResponse; what is missing or broken is left out."""
    try:
        response = qbxml.parse(text)
    except qbxml.NotQbxmlError:
        return Host()
    return Host(company.read(record for result in response.results for record in result.records))
