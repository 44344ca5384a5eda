import { problemOf } from '@freshet/runtime'
import type { Context } from 'hono'
import { PAGE_GUARDS } from '../pages/page-routes.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Shows a person why no session was opened. */
export function failedLoginPage(c: Context, error: unknown): Response {
  const { status, title, detail, code } = problemOf(error)
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Not logged in: Freshet</title></head>
<body><main><h1>Not logged in</h1><p>${escaped(title)}</p><p>${escaped(detail)}</p><p><code>${code}</code></p>
<p><a href="/">Back to the console</a></p></main></body>
</html>
`
  const headers = { ...PAGE_GUARDS, 'cache-control': 'no-store' }
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  return c.html(html, status as Parameters<typeof c.html>[1])
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? '')
}
