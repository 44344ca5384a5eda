import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { LogRecord } from '@freshet/wire'
import { parse } from 'yaml'
import { ROOT } from '../docs/pages.ts'

interface Message {
  readonly headers?: { readonly properties: { readonly ce_type?: { readonly const: string } } }
  readonly payload?: object
}

interface Channel {
  readonly address: string
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>
  readonly bindings: { readonly kafka: { readonly partitions: number } }
}

interface Topics {
  readonly channels: Readonly<Record<string, Channel>>
  readonly components: { readonly messages: Readonly<Record<string, Message>> }
}

const SCHEMAS = join(ROOT, 'schemas')
const decoder = new TextDecoder()

/** Reads records as a client that has only schemas/asyncapi.yaml and the schemas beside it. */
export interface TopicReader {
  readonly topics: readonly string[]
  /** Returns the name of the message that a record is. @throws Error for a record that no message describes */
  messageOf(record: Pick<LogRecord, 'topic' | 'partition' | 'value' | 'headers'>): string
}

/** Makes a reader of the document in the repository. */
export function topicReader(): TopicReader {
  const { channels, components } = parse(
    readFileSync(join(SCHEMAS, 'asyncapi.yaml'), 'utf8'),
  ) as Topics
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  for (const file of readdirSync(SCHEMAS).filter((name) => name.endsWith('.schema.json')))
    ajv.addSchema(JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')) as object)
  const compiled = new Map<string, ValidateFunction>()
  const check = (what: string, schema: object, value: unknown): void => {
    // The schemas name themselves by their place beside the document.
    const validate = compiled.get(what) ?? ajv.compile(absolute(schema))
    compiled.set(what, validate)
    if (!validate(value)) throw new Error(`${what}: ${ajv.errorsText(validate.errors)}`)
  }
  return {
    topics: Object.values(channels).map(({ address }) => address),
    messageOf({ topic, partition, value, headers }) {
      const channel = Object.values(channels).find(({ address }) => address === topic)
      if (channel === undefined) throw new Error(`The document has no topic ${topic}.`)
      if (partition >= channel.bindings.kafka.partitions) throw new Error(`partition ${partition}`)
      const texts = Object.fromEntries(
        Object.entries(headers).map(([name, bytes]) => [name, decoder.decode(bytes)]),
      )
      const names = Object.keys(channel.messages)
      const name =
        names.length === 1 ? names[0] : names.find((each) => typeOf(each) === texts['ce_type'])
      const message = components.messages[name ?? '']
      if (name === undefined || message === undefined)
        throw new Error(`${topic} has no message ${texts['ce_type']}.`)
      if (message.headers !== undefined) check(`headers of ${name}`, message.headers, texts)
      if (message.payload !== undefined)
        check(name, message.payload, JSON.parse(decoder.decode(value ?? new Uint8Array())))
      return name
    },
  }

  function typeOf(name: string): string | undefined {
    return components.messages[name]?.headers?.properties.ce_type?.const
  }
}

function absolute(schema: object): object {
  const { $ref } = schema as { readonly $ref?: string }
  if ($ref === undefined) return schema
  return { $ref: new URL($ref, 'https://freshet.dev/schemas/').href }
}
