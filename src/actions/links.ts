/**
 * The address as a link that may be followed, or `undefined`. Only http and https pass: a `javascript:` address that
 * somebody shared must never become clickable.
 */
export function safeLink(url: string): string | undefined {
  const parsed = URL.parse(url)
  return parsed && (parsed.protocol === 'https:' || parsed.protocol === 'http:') ? parsed.href : undefined
}

/** What a person typed, as a full web address; `undefined` when it cannot be one. */
export function asWebAddress(typed: string): string | undefined {
  const text = typed.trim()
  if (text === '' || /\s/.test(text)) return undefined
  const link = safeLink(/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`)
  return link !== undefined && new URL(link).hostname.includes('.') ? link : undefined
}

/** What a person typed as the aim of a link in a text: a web address, or somebody's mail. */
export function asTextLink(typed: string): string | undefined {
  const mail = /^(?:mailto:)?([^\s/:@?]+@[^\s/:@?]+\.[^\s/:@?]+)$/i.exec(typed.trim())?.[1]
  return mail ? `mailto:${mail}` : asWebAddress(typed)
}

/** The site of a link, for people: `www.` and the path left out. */
export const siteOf = (url: string): string => URL.parse(url)?.hostname.replace(/^www\./, '') ?? url
