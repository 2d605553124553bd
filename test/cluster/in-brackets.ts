// An address as it stands in a URL (RFC 3986, section 3.2.2).
export const inBrackets = (address: string): string => (address.includes(':') ? `[${address}]` : address)
