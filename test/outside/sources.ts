import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A framework that carries the service: its import, and the code from an application to its port. */
interface Framework {
  readonly imports: string
  readonly listen: string
  readonly close: string
}

const EXPRESS: Framework = {
  imports: `
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'`,
  listen: `
  const app = express()
  app.use('/approve', edge.express({ require: { groups: ['payments-approvers'] } }))
  app.post('/approve', (_request, response) => {
    response.send('approved')
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = \`http://127.0.0.1:\${port}\``,
  close: 'server.close()',
}

const FASTIFY: Framework = {
  imports: `
import fastify from 'fastify'`,
  listen: `
  const app = fastify()
  const onRequest = edge.fastify({ require: { groups: ['payments-approvers'] } })
  app.post('/approve', { onRequest }, async () => 'approved')
  const url = await app.listen({ port: 0, host: '127.0.0.1' })`,
  close: 'await app.close()',
}

/** Express again, with the callback of docs/token-libraries.md in passport-jwt. */
const PASSPORT: Framework = {
  imports: `${EXPRESS.imports}
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { verified } from './libraries/passport-jwt.js'`,
  listen: `
  const [own] = feed.edgeOptions().keys.tokens
  if (own === undefined) throw new Error('The feed has no key.')
  const strategy = new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: own.key.export({ type: 'spki', format: 'pem' }),
      algorithms: ['ES256'],
      passReqToCallback: true,
    },
    verified(edge),
  )
  passport.use(strategy)
${EXPRESS.listen.replace(/edge\.express\(.*\)\)$/m, "passport.authenticate('jwt', { session: false }))")}`,
  close: EXPRESS.close,
}

/** A service as a user writes it, and its test: a token that loses a group is refused. It prints two statuses. */
function serviceOn({ imports, listen, close }: Framework): string {
  return `${imports}
import { createEdge } from '@freshet/edge'
import { createTestFeed } from '@freshet/testing'

async function main(): Promise<void> {
  const feed = await createTestFeed()
  const edge = await createEdge(feed.edgeOptions())
  await edge.ready({ timeoutMs: 30_000 })
${listen}

  const token = feed.token({ claims: { groups: ['payments-approvers'] } })
  const approve = async (): Promise<number> => {
    const headers = { authorization: \`Bearer \${token}\`, connection: 'close' }
    const answer = await fetch(\`\${url}/approve\`, { method: 'POST', headers })
    return answer.status
  }
  const before = await approve()
  await feed.revoke({ subject: 'alice', claim: 'groups' })
  const after = await approve()
  console.log(JSON.stringify({ before, after }))
  ${close}
  await edge.close()
}

void main()
`
}

/** The edge as in production. No broker runs, so it reports what it waits for. */
const PRODUCTION = `
import { createTestFeed } from '@freshet/testing'
import { createEdge, type Edge, type EdgeOptions } from '@freshet/edge'
import { kafkaRevocations } from '@freshet/kafka'

export function productionEdge(brokers: readonly string[], more: Partial<EdgeOptions> = {}): Promise<Edge> {
  const revocations = kafkaRevocations({ brokers })
  return createEdge({ issuer: 'https://tokens.example', audience: 'payments', revocations, ...more })
}

async function main(): Promise<void> {
  const { keys } = (await createTestFeed()).edgeOptions()
  const edge = await productionEdge(['127.0.0.1:9'], { keys })
  await edge.ready({ timeoutMs: 15_000 }).catch((error: unknown) => console.log(String(error)))
  await edge.close()
}

void main()
`

const OPTIONS = {
  target: 'ES2023',
  module: 'nodenext',
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  types: ['node'],
  rootDir: 'src',
  outDir: 'dist',
}

/** The code of pages, by its place in the project. */
const OF_PAGES: readonly (readonly [to: string, from: string])[] = [
  ...['express', 'fastify', 'hono', 'http'].map(
    (name) => [`src/frameworks/${name}.ts`, `frameworks/${name}.mjs`] as const,
  ),
  ['src/libraries/passport-jwt.ts', 'libraries/passport-jwt.ts'],
]

/** The files of the project, by path. Each service is there as an ES module and as a CommonJS module. */
export const SOURCES: Readonly<Record<string, string>> = {
  'tsconfig.json': JSON.stringify({ compilerOptions: OPTIONS, include: ['src'] }),
  'src/service.ts': serviceOn(EXPRESS),
  'src/service-in-cjs.cts': serviceOn(EXPRESS),
  'src/service-on-fastify.ts': serviceOn(FASTIFY),
  'src/service-on-fastify-in-cjs.cts': serviceOn(FASTIFY),
  'src/production.ts': PRODUCTION,
  'src/all.ts': `export { createEdge } from '@freshet/edge'\n`,
  'src/one.ts': `export { bearerToken } from '@freshet/edge'\n`,
  'src/service-on-passport.ts': serviceOn(PASSPORT),
  ...Object.fromEntries(
    OF_PAGES.map(([to, from]) => [
      to,
      readFileSync(join(import.meta.dirname, '../sdk', from), 'utf8'),
    ]),
  ),
}
