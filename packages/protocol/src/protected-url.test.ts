import { describe, expect, it } from 'vitest'
import { isProtectedUrl } from './protected-url.ts'

describe('a URL that secrets can be sent to', () => {
  it.each([
    'https://console.acme.example',
    'https://console.acme.example:8443/a?b#c',
    'http://localhost:7075',
    'http://127.0.0.1',
    'http://127.0.0.2:7075/v1',
    'http://[::1]:7075/',
  ])('%s', (url) => {
    expect(isProtectedUrl(url)).toBe(true)
  })

  it.each([
    'http://console.acme.example',
    'http://10.0.0.1:7075',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.1@evil.example',
    'http://127.0.0.1:7075@evil.example',
    'https://acme@evil.example',
    'http://[::2]',
    'ftp://localhost',
    'console.acme.example',
    '',
  ])('is not %s', (url) => {
    expect(isProtectedUrl(url)).toBe(false)
  })
})
