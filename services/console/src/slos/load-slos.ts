import { readFile } from 'node:fs/promises'
import type { Slo } from '@freshet/protocol/slo'
import { readSlos } from '@freshet/insight/slo'

/** The objectives of this release, seen from the sources and from the compiled files alike. */
const SHIPPED = new URL('../../dist/assets/slos.yaml', import.meta.url)

/** Reads the objectives, by default those of the release. @throws `slo.invalid` with every finding */
export async function loadSlos(path: string | URL = SHIPPED): Promise<readonly Slo[]> {
  return readSlos(await readFile(path, 'utf8'))
}
