import { FreshetError } from '@freshet/protocol'
import { describe, expect, it, test } from 'vitest'
import { refusedConnection, targetOf } from './refused-connection.ts'

const TLS = 'postgres://gw:hush@db.example/x?sslmode=verify-full'

const failed = (members: object, message = 'said by the driver'): Error =>
  Object.assign(new Error(message), members)

const refused = (error: Error, url = TLS): Error => refusedConnection(error, targetOf(url))

describe('a connection', () => {
  it.each([
    ['postgres://gw:hush@db.example/x', 'db.example:5432', false, false],
    ['postgres://gw:hush@db.example:6432/x?sslmode=disable', 'db.example:6432', false, false],
    [TLS, 'db.example:5432', true, false],
    [`${TLS}&sslcert=a.pem&host=10.0.0.1&port=1`, '10.0.0.1:1', true, true],
    ['postgres://gw:hush@db.example/x?sslrootcert=a.pem', 'db.example:5432', true, false],
  ])('a question of %s goes to %s', (url, address, isEncrypted, hasCertificate) => {
    expect(targetOf(url)).toEqual({ address, login: 'gw', isEncrypted, hasCertificate })
  })
})

test.each([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /Set sslrootcert/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /Set sslrootcert/],
  ['CERT_HAS_EXPIRED', /certificate has expired. Renew/],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /Set sslcert and sslkey/],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', /client certificate has expired/],
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', /client certificate has expired/],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /does not trust the CA/],
  ['ERR_OSSL_PEM_NO_START_LINE', /PEM/],
  ['ERR_SSL_SOMETHING_NEW', /ERR_SSL_SOMETHING_NEW/],
])('%s is an error of TLS that names the server and the next step', (code, message) => {
  const error = refused(failed({ code }))
  expect(error).toMatchObject({ code: 'database.tls', disposition: 'retry' })
  expect(error.message).toMatch(/^TLS with the database at db\.example:5432 fails: /)
  expect(error.message).toMatch(message)
})

test.each([
  'The server does not support SSL connections',
  'Client network socket disconnected before secure TLS connection was established',
])('“%s” is an error of TLS, which the driver reports by text alone', (text) => {
  expect(refused(failed({}, text))).toMatchObject({ code: 'database.tls' })
})

test('a certificate for another name names both names', () => {
  const reason = "Host: db.example. is not in the cert's altnames: DNS:other.example"
  const text = `Hostname/IP does not match certificate's altnames: ${reason}`
  const { message } = refused(failed({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, text))
  expect(message).toContain('is for DNS:other.example, not for db.example.')
})

const NO_TLS = 'postgres://gw:hush@db/x'
const WITH_CERTIFICATE = `${TLS}&sslcert=a`

test.each<[string, string, string, RegExp]>([
  ['28P01', 'failed', TLS, /refuses the password of login gw, or does not/],
  ['28P01', 'failed', WITH_CERTIFICATE, /name in the certificate/],
  ['28000', 'no entry', NO_TLS, /Add sslmode=verify-full/],
  ['28000', 'needs a certificate', TLS, /Set sslcert and sslkey/],
  ['28000', 'certificate failed', WITH_CERTIFICATE, /Compare the name/],
  ['28000', 'no entry', TLS, /add a rule for it in pg_hba\.conf/],
  ['3D000', 'database "x" does not exist', TLS, /database "x"/],
  ['42501', 'permission denied', TLS, /freshet db roles -o sql/],
])('SQLSTATE %s (%s) at %s names the login or the database, and the fix', (...refusal) => {
  const [code, text, url, message] = refusal
  const error = refused(failed({ code }, text), url)
  const expected = code === '42501' ? 'database.privilege' : 'config.invalid'
  expect(error).toMatchObject({ code: expected })
  expect(error.message).toMatch(message)
  expect(error.message).not.toContain('hush')
})

test.each([
  [{ code: 'ENOENT', syscall: 'open', path: '/a.pem' }, /the file \/a\.pem .*ENOENT/],
  [{ code: 'EISDIR', syscall: 'read' }, /a folder .*EISDIR/],
])('a file of the URL that cannot be read is named: %o', (members, message) => {
  const error = refused(failed(members))
  expect(error).toMatchObject({ code: 'config.invalid' })
  expect(error.message).toMatch(message)
})

test('a password that the URL does not have is named', () => {
  const text = 'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'
  expect(refused(failed({}, text)).message).toContain('DATABASE_URL has no password')
})

test.each([
  { code: 'ECONNREFUSED', syscall: 'connect' },
  { code: 'ECONNRESET', syscall: 'read' },
  { code: '57P03' },
])('%o is left to the caller: the server can come back', (members) => {
  const error = failed(members)
  expect(refused(error)).toBe(error)
  expect(refused(error)).not.toBeInstanceOf(FreshetError)
})
