const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as HTML or XML text or attribute value. Control characters that XML forbids are dropped. */
export function escapeHtml(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** The link to write to somebody; null for what is no address. What would say more than to whom (`?bcc=`, a second address) is none. */
export function mailTo(owner: string): string | null {
  return /^[^\s@?&#%,;:<>"]+@[^\s@?&#%,;:<>"]+$/.test(owner) ? `mailto:${owner}` : null;
}
