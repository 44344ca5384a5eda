import {
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  type StatefulAuthorizationCall,
} from '@cedar-policy/cedar-wasm/nodejs'
import { policyFiles, routeNamed, type ManyPolicies } from '../stack/many-policies.ts'

/**
 * Cedar alone, in this thread: the policies and the schema are parsed once, and the last of the policies
 * permits one request.
 */
export function cedarAlone(many: ManyPolicies): () => void {
  const [schema = '', policies = ''] = policyFiles(many).values()
  const name = JSON.stringify(many)
  const made = [preparseSchema(name, schema), preparsePolicySet(name, { staticPolicies: policies })]
  if (made.some(({ type }) => type === 'failure')) throw new Error('Cedar refuses the policies.')
  const principal = { type: 'Subject', id: 'alice' }
  const call: StatefulAuthorizationCall = {
    principal,
    action: { type: 'Action', id: routeNamed(0) },
    resource: { type: 'Audience', id: 'payments' },
    context: { amount: 5 },
    entities: [{ uid: principal, attrs: { groups: ['staff', 'payments-approvers'] }, parents: [] }],
    preparsedSchemaName: name,
    preparsedPolicySetId: name,
    validateRequest: true,
  }
  return () => {
    const answer = statefulIsAuthorized(call)
    if (answer.type !== 'success' || answer.response.decision !== 'allow')
      throw new Error('Cedar does not permit what its policies permit.')
  }
}
