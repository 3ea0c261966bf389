// Checks CSAF documents with the tests "basic" and "extended" of the BSI's validator: no error and no
// warning is allowed. Then breaks one document in several ways and requires that each is caught.
//   node check.mjs FOLDER
import * as tests from '@secvisogram/csaf-validator-lib/extended.js'
import validate from '@secvisogram/csaf-validator-lib/validate.js'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What the tests have against a document: their names with their messages. extended.js holds those of basic.js too. */
async function faults(document) {
  const { tests: results } = await validate(Object.values(tests), document)
  return results.flatMap((r) =>
    [...(r.isValid ? [] : r.errors.length ? r.errors : [{ message: 'invalid' }]), ...r.warnings].map(
      (e) => `${r.name}: ${e.instancePath ?? ''} ${e.message}`
    )
  )
}

const folder = process.argv[2]
const names = readdirSync(folder).filter((n) => n.endsWith('.json')).sort()
let failed = false
for (const name of names) {
  const document = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const found = await faults(document)
  const wanted = document.document.tracking.id.toLowerCase().replace(/[^+\-a-z0-9]+/g, '_') + '.json'
  if (wanted !== name) found.push(`the file name should be ${wanted}`)
  // The validator does not check package URLs.
  for (const purl of JSON.stringify(document).matchAll(/"purl":"([^"]*)"/g)) {
    const part = "(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+"
    const form = new RegExp(`^pkg:generic/${part}/${part}(@${part})?(\\?[a-z_]+=${part}(&[a-z_]+=${part})*)?$`)
    if (!form.test(purl[1])) found.push(`purl ${purl[1]}`)
  }
  if (found.length) failed = true
  console.log(`${found.length ? 'NOT VALID' : 'valid'}  ${name}  ${document.document.category}`)
  for (const fault of found.slice(0, 20)) console.log(`    ${fault}`)
}

// A check that cannot fail is not a check: the test for each of these faults must catch it.
const sound = JSON.parse(readFileSync(join(folder, 'cam-x1-1_4_3.json'), 'utf8'))
const spoilt = {
  mandatoryTest_6_1_9: (d) => (d.vulnerabilities[0].scores[0].cvss_v3.baseScore = 7.4),
  mandatoryTest_6_1_6: (d) => {
    const status = d.vulnerabilities[0].product_status
    status.fixed.push(status.known_affected[0])
  },
  mandatoryTest_6_1_29: (d) => delete d.vulnerabilities[0].remediations[0].product_ids,
  mandatoryTest_6_1_1: (d) => d.vulnerabilities[0].product_status.fixed.push('nobody'),
  mandatoryTest_6_1_11: (d) => (d.vulnerabilities[0].cwe.name = 'Something Else'),
  mandatoryTest_6_1_16: (d) => (d.document.tracking.version = '2'),
  mandatoryTest_6_1_27_5: (d) => delete d.vulnerabilities[0].notes,
  csaf_2_0_strict: (d) => (d.vulnerabilities[0].cve = 'CVE-26-1'),
  optionalTest_6_2_2: (d) => delete d.vulnerabilities[0].remediations,
  optionalTest_6_2_3: (d) => delete d.vulnerabilities[0].scores,
  optionalTest_6_2_13: (d) => (d.a = d.document),
}
for (const [test, spoil] of Object.entries(spoilt)) {
  const document = structuredClone(sound)
  spoil(document)
  if (!(await faults(document)).some((f) => f.startsWith(`${test}:`))) {
    failed = true
    console.log(`NOT CAUGHT  ${test}`)
  }
}
console.log(`${names.length} documents, ${Object.keys(tests).length} tests each; ${Object.keys(spoilt).length} faults were made to be caught`)
if (failed || names.length < 7) process.exit(1)
