import { readFile } from 'node:fs/promises'
import type { Slo } from '@freshet/protocol/slo'
import { readSlos } from '@freshet/insight/slo'

/** Reads the objectives. @throws `slo.invalid` with every finding; none where no file is named */
export async function loadSlos(path: string | undefined): Promise<readonly Slo[]> {
  return path === undefined ? [] : readSlos(await readFile(path, 'utf8'))
}
