import { describe, expect, it } from 'vitest'
import { versionRefusal } from './server-version.ts'

describe('versionRefusal', () => {
  it.each(['9.6.24', '13.0.0', '15.18 (Debian 15.18-0+deb12u1)', '15devel', 'unknown', ''])(
    'refuses %s',
    (version) => {
      expect(versionRefusal(version, 'db:5432')).toMatchObject({
        code: 'database.version',
        disposition: 'stop',
      })
    },
  )

  it.each(['16.0', '16beta1', '17.10 (Ubuntu 17.10-1)', '18.4', '100.1'])(
    'control: accepts %s',
    (version) => {
      expect(versionRefusal(version, 'db:5432')).toBeUndefined()
    },
  )

  it('names the server, both versions and the next step', () => {
    const { message } = versionRefusal('15.18 (Debian 15.18-0+deb12u1)', 'db:5432') ?? {}
    expect(message).toBe(
      'The server at db:5432 is Postgres 15.18, and Freshet needs Postgres 16 or later. ' +
        'Upgrade the server, or point DATABASE_URL at a newer one.',
    )
  })
})
