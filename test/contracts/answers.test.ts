import { describe, expect, it } from 'vitest'
import { addOpenApi as authority } from '../../services/authority/src/openapi.ts'
import { addOpenApi as consoleApi } from '../../services/console/src/openapi.ts'
import { addOpenApi as gateway } from '../../services/gateway/src/openapi.ts'
import { addOpenApi as sidecar } from '../../services/sidecar/src/openapi.ts'
import { attackedAuthority } from '../hostile/services/attacked-authority.ts'
import { attackedConsole } from '../hostile/services/attacked-console.ts'
import { attackedGateway } from '../hostile/services/attacked-gateway.ts'
import { attackedSidecar } from '../hostile/services/attacked-sidecar.ts'
import type { AttackedService } from '../hostile/mutation/attacked-service.ts'
import { headerOf, platformRequest, textOf } from '../requests/request.ts'
import {
  answerOf,
  checkOf,
  documentCheck,
  type CheckedDocument,
  type Exchange,
} from '../setup/conforming-app.ts'
import { documentOf, type AddOpenApi } from '../setup/document-of.ts'

const SERVICES: readonly (readonly [string, AddOpenApi, () => Promise<AttackedService>])[] = [
  ['gateway', gateway, attackedGateway],
  ['authority', authority, attackedAuthority],
  ['console', consoleApi, attackedConsole],
  ['sidecar', sidecar, attackedSidecar],
]

describe.each(SERVICES)('the document of the %s', (service, add, open) => {
  it('has each request that is accepted, and each answer with all of its members', async () => {
    const attacked = await open()
    for (const { make } of attacked.samples) {
      await attacked.pause()
      const request = await make()
      const answer = await answerOf(await attacked.app.request(platformRequest(request) as Request))
      const { pathname: path, searchParams } = new URL(request.path, 'http://app.test')
      const [type = ''] = (headerOf(request, 'content-type') ?? '').split(';')
      const sent = { query: [...searchParams.keys()], body: { type, text: textOf(request) } }
      const exchange = { method: request.method, path, sent, answer }
      expect(checkOf(add).faultOf(exchange)).toBeUndefined()
    }
    const { paths } = documentOf(add) as CheckedDocument
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
    const silent = operations
      .map(({ operationId }) => operationId)
      .filter((id) => ![...checkOf(add).seen].some((each) => each.startsWith(`${id} 2`)))
    expect(silent).toEqual(NO_SUCCESS[service] ?? [])
  })
})

/** Redirects of browsers, which are answers of their own. */
const NO_SUCCESS: Readonly<Record<string, readonly string[]>> = {
  console: ['beginLogin', 'finishLogin'],
}

describe('control: an exchange that differs from the document', () => {
  const document = documentOf(gateway) as CheckedDocument
  const empty = { query: [], body: { type: 'application/json', text: '{}' } }
  const exchange: Exchange = {
    method: 'POST',
    path: '/v1/quarantine/p1/drop',
    sent: { query: [], body: { type: 'application/json', text: '{"reason":"x"}' } },
    answer: {
      status: 200,
      type: 'application/json',
      text: JSON.stringify({
        id: 'p1',
        result: 'dropped',
        state: 'dropped',
        decided: null,
        inDoubt: { claims: [], halted: [], resolvedBy: [] },
      }),
    },
  }
  const otherAnswer = (more: Partial<Exchange['answer']>) => ({
    answer: { ...exchange.answer, ...more },
  })

  const sentOf = (more: Partial<Exchange['sent']>) => ({ sent: { ...empty, ...more } })

  it('is none here', () => {
    expect(documentCheck(document).faultOf(exchange)).toBeUndefined()
  })

  it.each<[string, Partial<Exchange>, RegExp]>([
    ['another status', otherAnswer({ status: 418 }), /does not have this status/],
    ['another media type', otherAnswer({ type: 'text/html' }), /no text\/html/],
    ['a missing member', otherAnswer({ text: '{"id":"p1"}' }), /required property 'state'/],
    [
      'a further member',
      otherAnswer({ text: exchange.answer.text.replace('{', '{"more":1,') }),
      /additional properties/,
    ],
    [
      'a code of another status',
      otherAnswer({
        status: 404,
        type: 'application/problem+json',
        text: '{"type":"t","title":"t","status":404,"detail":"d","code":"broker.unavailable"}',
      }),
      /code must be equal to one of the allowed values/,
    ],
    ['a parameter that was accepted', sentOf({ query: ['force'] }), /no parameter force/],
    [
      'a body that was accepted',
      sentOf({ body: { type: 'application/json', text: '{"why":"x"}' } }),
      /accepted body/,
    ],
  ])('is found: %s', (_, more, message) => {
    expect(documentCheck(document).faultOf({ ...exchange, ...more })).toMatch(message)
  })
})
