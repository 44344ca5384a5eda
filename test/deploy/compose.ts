import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { toolSchema } from './tools.ts'

/** The folder of the Compose file. */
export const COMPOSE: string = join(import.meta.dirname, '../../infra/compose')

/** The parts of a service that the tests read. */
export interface ComposeService {
  readonly image: string
  readonly command?: readonly string[]
  readonly user?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
}

/** A Compose file. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly volumes: Readonly<Record<string, unknown>>
}

/** Reads the Compose file with these variables. @throws for a variable that is required and not set */
export function readCompose(variables: Readonly<Record<string, string>>): ComposeFile {
  const text = readFileSync(join(COMPOSE, 'compose.yaml'), 'utf8')
  const filled = text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, ...found: string[]) => {
    const [name = '', kind, rest = ''] = found
    const value = variables[name]
    if (value !== undefined) return value
    if (kind === '-') return rest
    throw new Error(`${name}: ${rest}`)
  })
  return parse(filled, { merge: true }) as ComposeFile
}

/** Returns the faults of a Compose file by the schema of the Compose Specification. */
export function composeFaults(file: unknown): readonly string[] {
  const schema = JSON.parse(readFileSync(toolSchema('compose-spec.json'), 'utf8')) as object
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  const validate = ajv.compile(schema)
  const isValid: boolean = validate(file)
  if (isValid) return []
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
