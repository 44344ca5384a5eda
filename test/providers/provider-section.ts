import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { ROOT, readPage, rowsOf, sectionOf } from '../docs/pages.ts'
import { mergeRegistry, type Mapping } from './merge-registry.ts'

const EXAMPLE = join(ROOT, 'infra', 'registry')
const fragment = /^```yaml\n([\s\S]*?)^```$/m

/** A row of the section about one kind of token. */
export interface TokenRow {
  readonly token: string
  /** The cell about the exchange at the authority: `yes`, or the part of a rule in backticks. */
  readonly exchanged: string
  /** The cell about an edge. */
  readonly accepted: string
}

/** The lines and tokens in the section of an identity provider. */
export interface ProviderSection {
  readonly rows: readonly TokenRow[]
  /** The first YAML block of the section. */
  readonly registry: Mapping
}

/** Reads the section of a provider. */
export function providerSection(heading: string): ProviderSection {
  const text = sectionOf(readPage('docs/providers.md'), heading)
  const [, yaml = ''] = fragment.exec(text) ?? []
  const rows = rowsOf(text, /token/).filter(([token]) => token !== 'token')
  return {
    rows: rows.map(([token = '', exchanged = '', accepted = '']) => ({
      token,
      exchanged,
      accepted,
    })),
    registry: parse(yaml) as Mapping,
  }
}

/** A copy of the example registry with lines of the page. Its folder is removed at the end. */
export interface RegistryCopy extends AsyncDisposable {
  readonly file: string
}

/** Writes the copy. */
export async function registryWith(...fragments: readonly Mapping[]): Promise<RegistryCopy> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-provider-'))
  await cp(EXAMPLE, dir, { recursive: true })
  const file = join(dir, 'registry.yaml')
  const example: unknown = parse(await readFile(file, 'utf8'))
  await writeFile(file, stringify(fragments.reduce<unknown>(mergeRegistry, example)))
  return { file, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) }
}
