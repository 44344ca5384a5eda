import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { readPage, sectionOf } from '../docs/pages.ts'

/** The address of the realm on the page. */
const PAGE_ISSUER = 'https://id.acme.example/realms/acme'
const RUN_WITHIN_MS = 60_000
const block = /^```(\w+)\n([\s\S]*?)^```$/gm

const text = sectionOf(readPage('docs/providers.md'), 'Keycloak')

function blocksOf(language: string): readonly string[] {
  const all = [...text.matchAll(block)]
  return all.filter(([, named]) => named === language).map(([, , code = '']) => code)
}

/** Returns the realm of the page. */
export function pageRealm(): PageRealm {
  return JSON.parse(blocksOf('json').join('')) as PageRealm
}

/** A realm in Keycloak's form of export. */
export interface PageRealm {
  readonly realm: string
  readonly clients: readonly Readonly<Record<string, unknown>>[]
}

/** Returns the lines of the registry, first those of the foreign issuer, with the address of a realm. */
export function pageRegistries(issuer: string): readonly unknown[] {
  return blocksOf('yaml').map((yaml): unknown => parse(yaml.replaceAll(PAGE_ISSUER, issuer)))
}

/**
 * Runs the command of the page that has this text, with other addresses and with variables. Returns its output.
 *
 * @throws if the page has no such command, or none of the texts to replace
 */
export async function runPageCommand(
  having: string,
  replaced: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const found = blocksOf('sh').find((command) => command.includes(having))
  if (found === undefined) throw new Error(`The page has no command with ${having}.`)
  const command = Object.entries(replaced).reduce((script, [from, to]) => {
    if (!script.includes(from)) throw new Error(`The command has no ${from}.`)
    return script.replaceAll(from, () => to)
  }, found)
  const { PATH } = process.env
  const options = { env: { PATH, ...variables }, timeout: RUN_WITHIN_MS }
  const { stdout } = await promisify(execFile)('bash', ['-c', command], options)
  return stdout
}
