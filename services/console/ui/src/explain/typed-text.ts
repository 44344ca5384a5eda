/** The kind of the given text, as far as its form shows. */
export type TypedText =
  | { readonly kind: 'nothing' }
  /** A whole token: a secret, which stands in no address. */
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'trace'; readonly trace: string }
  /** An id of a change or token, or a subject: the console is asked for each. */
  | { readonly kind: 'name'; readonly text: string }

const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i
const TRACE = /^[0-9a-f]{32}$/i

/** Reads what was typed or pasted, with whatever was copied around it: `Authorization: Bearer …`, quotes, spaces. */
export function readTyped(typed: string): TypedText {
  const text = typed.trim()
  const bare = text
    .replaceAll(/^['"`]+|['"`,;]+$/g, '')
    .replace(/^(?:authorization\s*:\s*)?(?:bearer|dpop)\s+/i, '')
  if (text === '') return { kind: 'nothing' }
  if (JWT.test(bare)) return { kind: 'token', token: bare }
  const trace = TRACEPARENT.exec(bare)?.[1] ?? TRACE.exec(bare)?.[0]
  return trace === undefined
    ? { kind: 'name', text }
    : { kind: 'trace', trace: trace.toLowerCase() }
}
