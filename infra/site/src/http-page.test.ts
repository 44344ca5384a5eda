import { expect, it } from 'vitest'
import { httpPage } from './http-page.ts'

it('shows each route with its credentials, bodies and answers', () => {
  const text = httpPage({
    info: { title: 'Freshet gateway' },
    paths: {
      '/v1/changes': {
        post: {
          summary: 'Takes <one> change',
          security: [{ source: [] }, {}],
          parameters: [{ name: 'only', in: 'query' }],
          requestBody: { content: { 'application/json': {} } },
          responses: { '202': { description: 'Accepted' } },
        },
      },
    },
  })
  expect(text).toBe(
    '# Freshet gateway\n\n## POST /v1/changes\n\nTakes &lt;one> change\n\n' +
      '**Credentials**\n\n- source\n- none\n\n**Parameters**\n\n- `only` (query)\n\n' +
      '**Body**\n\n- `application/json`\n\n**Answers**\n\n- `202`: Accepted\n',
  )
})
