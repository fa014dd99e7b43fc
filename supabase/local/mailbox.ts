/** An e-mail that was not sent: it lies in the mailbox of this machine. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** ISO 8601. */
  readonly sentAt: string
}

const KEPT = 100

/** Where the embedded backend puts e-mails: a page instead of a mail server. */
export class Mailbox {
  readonly #mails: Mail[] = []

  /** Newest first. */
  get mails(): readonly Mail[] {
    return this.#mails
  }

  async send({ to, subject, text }: { to: string; subject: string; text?: string }): Promise<void> {
    this.#mails.unshift({ to, subject, text: text ?? '', sentAt: new Date().toISOString() })
    this.#mails.length = Math.min(this.#mails.length, KEPT)
  }

  /** The mailbox as a page. */
  html(): string {
    const mails = this.#mails.map(
      ({ to, subject, text, sentAt }) => `<article><header><h2>${escaped(subject)}</h2>
        <p>To ${escaped(to)} · <time>${escaped(sentAt.slice(0, 16).replace('T', ' '))}</time></p></header>
        <p class="text">${linked(escaped(text))}</p></article>`,
    )
    const body =
      mails.join('') ||
      '<p class="empty">No mail yet. Ask for a sign-in link in the app, then reload this page.</p>'
    return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <title>Mailbox</title><link rel="icon" href="/icon.svg"><style>${STYLE}</style><main><h1>Mailbox</h1>
      <p class="lead">Mail of this machine. Nothing here was sent to anybody.</p>${body}</main></html>`
  }
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.55 Inter,system-ui,sans-serif}
body{margin:0;background:light-dark(#faf9f7,#171614);color:light-dark(#26231f,#ece8e1)}
main{max-width:40rem;margin:3rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0}h2{font-size:1rem;margin:0}
.lead,header p,.empty{color:light-dark(#6d675e,#a39c91);margin:.2rem 0 1rem}
article{background:light-dark(#fff,#211f1c);border:1px solid light-dark(#e7e2da,#35322d);border-radius:12px;padding:1rem 1.25rem;margin:1rem 0}
.text{white-space:pre-line;overflow-wrap:anywhere;margin:0}a{color:light-dark(#9a4a1c,#e59c66)}`

const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

const linked = (html: string) =>
  html.replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}" rel="noreferrer">Open the link</a>`)
