import { lstat, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { adminTokenHash } from '@freshet/runtime'
import { parseDocument } from 'yaml'
import { CliError } from '../cli-error.ts'
import { KEY_KINDS } from '../keys/key-words.ts'
import { createKeySet, type RotateOptions } from '../keys/rotate-keys.ts'
import { newClientSecret, writeKey, writeProbeKeys } from '../stack/key-files.ts'
import { addProbes } from '../stack/probe-registry.ts'
import { environmentText } from './environment-text.ts'
import { environmentsOf } from './environments.ts'
import { NAMES, type Installation, type InstallationFile } from './installation.ts'
import { loginFiles } from './logins.ts'
import { newRegistry } from './new-registry.ts'
import { SERVED } from './service-names.ts'

const SECRET = 0o600
const PUBLIC = 0o644

/** The sources of names, secrets and times. */
export interface InstallationTerms extends Pick<RotateOptions, 'nowMs' | 'random'> {
  /** A text that no other party can guess. */
  readonly secret: () => string
}

/**
 * Writes registry, keys, secrets and environment files. It replaces no file.
 *
 * @throws `CliError` naming a file that is there already; nothing is written then
 */
export async function writeInstallation(at: Installation, terms: InstallationTerms): Promise<void> {
  await requireAbsent(at)
  await mkdir(dirname(at.path('sourceJwks')), { recursive: true })
  await mkdir(dirname(at.path('sourceKey')), { recursive: true, mode: 0o700 })
  await writeKeys(at, terms)
  const { secret, secretHash } = newClientSecret()
  const token = terms.secret()
  const write = (file: InstallationFile, text: string, mode: number): Promise<void> =>
    writeFile(at.path(file), text, { mode, flag: 'wx' })
  await write('clientSecret', `${secret}\n`, SECRET)
  await write('adminToken', `${token}\n`, SECRET)
  if (at.logins)
    for (const [file, text] of loginFiles(at, terms.secret)) await write(file, text, SECRET)
  else await write('databaseUrl', `${at.databaseUrl}\n`, SECRET)
  await write('registry', await registryText(at, secretHash), PUBLIC)
  const environments = environmentsOf(at, adminTokenHash(token))
  for (const { service } of SERVED) {
    const title = `The environment of the ${service}. docs/configuration.md has all variables.`
    await write(service, environmentText(title, environments[service]), PUBLIC)
  }
  const title = 'The environment of the command line.'
  await write('cli', environmentText(title, environments.cli), PUBLIC)
}

/** The text of the registry. With probes, their keys are written too. */
async function registryText(at: Installation, secretHash: string): Promise<string> {
  const text = newRegistry(at, secretHash)
  if (!at.probes) return text
  const client = newClientSecret()
  await writeProbeKeys(dirname(at.path('probeKeys')), client.secret, dirname(at.path('probeJwks')))
  const document = parseDocument(text)
  addProbes(document, client.secretHash)
  return document.toString({ lineWidth: 0 })
}

async function requireAbsent(at: Installation): Promise<void> {
  for (const path of at.files.map((file) => at.path(file))) {
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    )
    if (!isThere) continue
    throw new CliError('error', `${path} exists already.`, {
      why: 'freshet init replaces no file, because a key that is overwritten is lost',
      next: 'freshet init with another folder',
    })
  }
}

/** Keys that rotate have a next key that waits. The others belong to the source, the client and the provider. */
async function writeKeys(at: Installation, terms: InstallationTerms): Promise<void> {
  for (const kind of KEY_KINDS) await createKeySet(at.path(kind), kind, terms)
  const [secrets, keys] = [dirname(at.path('sourceKey')), dirname(at.path('sourceJwks'))]
  const names = [NAMES.source, NAMES.sidecar, ...(at.idp === undefined ? ['idp'] : [])]
  for (const name of names) await writeKey(secrets, name, 'ES256', keys)
}
