const HTTPS = 'https://[^\\s/?#@\\\\]+'
const LOOPBACK = 'http://(?:localhost|127(?:\\.\\d{1,3}){3}|\\[::1\\])(?::\\d+)?'
const form = new RegExp(`^(?:${HTTPS}|${LOOPBACK})(?:[/?#]|$)`, 'i')

/** Reports whether secrets can be sent to a URL: by https, or by http to this machine. */
export function isProtectedUrl(url: string): boolean {
  return form.test(url)
}
