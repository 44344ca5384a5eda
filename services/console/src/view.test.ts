import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answerForms as forms } from '@freshet/insight/answers'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { addView } from './view.ts'

const HERE = import.meta.dirname

it.each([
  ['viewer', null],
  ['operator', 'alice'],
  ['admin', 'alice'],
] as const)('an answer of a view to the role %s has the name %j', async (role, sub) => {
  const app = new Hono<{ Variables: { admitted: object } }>()
  app.use((c, next) => {
    c.set('admitted', { admin: { name: 'a', role, hash: '' } })
    return next()
  })
  addView(app as unknown as Hono, '/v1/x', forms.SubjectState, () => {
    const none = { source: 'hr', version: null, since: null, change: null }
    const subject = { format: 'iss_sub', iss: 'i', sub: 'alice' } as const
    const account = { state: 'enabled', ...none } as const
    return { asOf: 't', tenant: 'acme', subject, known: true, claims: [], account }
  })
  const answer = await (await app.request('/v1/x')).json()
  expect(answer).toMatchObject({ apiVersion: 'freshet.dev/v1', subject: { iss: 'i', sub } })
})

it('no other route makes an answer itself, but those of sessions, orders, pages and the stream', async () => {
  const names = await readdir(HERE, { recursive: true })
  const sources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const texts = await Promise.all(sources.map((name) => readFile(join(HERE, name), 'utf8')))
  const making = sources.filter((_, at) =>
    /\bc\.json\(|\bResponse\(|Response\.json/.test(texts[at] ?? ''),
  )
  expect(making.toSorted()).toEqual([
    'admission/session-routes.ts',
    'login/openid-routes.ts',
    'orders/order-routes.ts',
    'pages/page-routes.ts',
    'stream/stream-route.ts',
    'view.ts',
  ])
})
