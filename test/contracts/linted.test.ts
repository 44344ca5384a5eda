import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { lintAsyncApi, lintOpenApi } from '../../infra/contracts/src/index.ts'
import { addOpenApi as authority } from '../../services/authority/src/openapi.ts'
import { ROOT } from '../docs/pages.ts'
import { documentOf } from '../setup/document-of.ts'

interface Editable {
  readonly paths: Record<string, { post: { operationId?: string } }>
  readonly components: { readonly schemas: Record<string, object> }
}

describe('a linter of OpenAPI documents', () => {
  const document = (): Editable => structuredClone(documentOf(authority)) as Editable

  it('finds nothing in the document of the authority', async () => {
    expect(await lintOpenApi(document())).toEqual([])
  })

  it.each<[string, (broken: Editable) => void, RegExp]>([
    [
      'two operations of one name',
      ({ paths }) =>
        void Object.assign(paths['/oauth/revoke']?.post ?? {}, { operationId: 'mintToken' }),
      /operation-operationId-unique/,
    ],
    [
      'an operation without a name',
      ({ paths }) => void delete paths['/oauth/revoke']?.post.operationId,
      /operation-operationId at/,
    ],
    [
      'an unused component',
      ({ components }) => void (components.schemas['Spare'] = { type: 'string' }),
      /no-unused-components/,
    ],
    [
      'a component that is missing',
      ({ components }) => void delete components.schemas['Token'],
      /no-unresolved-refs/,
    ],
  ])('control: it finds %s', async (_, breaks, found) => {
    const broken = document()
    breaks(broken)
    expect((await lintOpenApi(broken)).join('\n')).toMatch(found)
  })
})

describe('a linter of AsyncAPI documents', () => {
  interface Topics {
    asyncapi: string
    readonly channels: Record<string, { address?: string; messages: Record<string, object> }>
    readonly components: { readonly messages: Record<string, object> }
  }
  const document = (): Topics =>
    parse(readFileSync(join(ROOT, 'schemas/asyncapi.yaml'), 'utf8')) as Topics

  it('finds nothing in the document of the topics', () => {
    expect(lintAsyncApi(document())).toEqual([])
  })

  it.each<[string, (broken: Topics) => void, RegExp]>([
    ['another version', (broken) => void (broken.asyncapi = '2.0.0'), /asyncapi/],
    [
      'a channel with a member of another name',
      ({ channels }) => void Object.assign(channels['changes'] ?? {}, { topic: 'x' }),
      /channels\/changes/,
    ],
    [
      'a message that is missing',
      ({ components }) => void delete components.messages['change'],
      /messages\/change leads nowhere/,
    ],
    [
      'a message that no channel has',
      ({ channels }) => void delete channels['audit']?.messages['auditHead'],
      /messages\/auditHead is not used/,
    ],
  ])('control: it finds %s', (_, breaks, found) => {
    const broken = document()
    breaks(broken)
    expect(lintAsyncApi(broken).join('\n')).toMatch(found)
  })
})
