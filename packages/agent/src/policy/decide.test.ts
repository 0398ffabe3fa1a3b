import { describe, expect, test } from 'vitest'
import { covers, decide, type PolicyCall, type World } from './decide.ts'
import { matchesPath, matchesText } from './glob.ts'
import { parseCall, parsePolicy } from './rules.ts'

const ROOT = '/code/shop'
const HERE = { cwd: ROOT, project: ROOT, root: ROOT }
const TREE = '/home/dev/.farhand/worktrees/shop-1'
const IN_TREE = { cwd: TREE, project: ROOT, root: TREE }
const LINKS: Record<string, string> = {
  [`${ROOT}/link`]: '/etc/passwd',
  '/linked': ROOT,
  [`${ROOT}/drive`]: 'C:\\code\\a',
  '/home/dev/shop': ROOT,
}
const WORLD: World = { home: '/home/dev', realPath: (path) => LINKS[path] ?? path }

function policy(text: string) {
  return { ...parsePolicy(text, 'p', { mayAllow: true }), grants: [] }
}
const bash = (command: string): PolicyCall => ({ tool: 'Bash', input: { command }, ...HERE })
const write = (file_path: string, tool = 'Write'): PolicyCall => ({ tool, input: { file_path }, ...HERE })
const verb = (text: string, call: PolicyCall) => decide(policy(text), call, WORLD)?.verb ?? 'nothing'

describe('what a rule is compared with', () => {
  test.for([
    ['npm test*', 'npm test', true],
    ['npm test*', 'npm test -- -t x', true],
    ['npm test', 'npm test x', false],
    ['*push*', 'git push', true],
    ['a*a', 'a', false],
    ['*', '', true],
    ['a**b', 'ab', true],
  ] as const)('%s against %s: %s', ([pattern, text, is]) => {
    expect(matchesText(pattern, text)).toBe(is)
  })

  test.for([
    ['/a/*.ts', '/a/b.ts', true],
    ['/a/*.ts', '/a/b/c.ts', false],
    ['/a/**', '/a/b/c.ts', true],
    ['/a/**/c.ts', '/a/c.ts', true],
    ['**/.env', '/code/shop/.env', true],
    ['**/.env', '/code/shop/x.env', false],
    ['/a/**/b/**/c', '/a/b/x/b/c', true],
  ] as const)('%s against the path %s: %s', ([pattern, path, is]) => {
    expect(matchesPath(pattern, path)).toBe(is)
  })

  test('a hostile text does not make it slow', () => {
    const began = performance.now()
    matchesText(`${'*a'.repeat(50)}b`, 'a'.repeat(100_000))
    matchesPath(`${'**/a/'.repeat(20)}b`, 'a/'.repeat(2_000))
    verb(`deny Bash(${'*a'.repeat(50)}b)`, bash('a && '.repeat(20_000)))
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('what is said of a call', () => {
  test.for([
    ['deny comes first, wherever it stands', 'allow Bash\ndeny Bash(git push*)', bash('git push'), 'deny'],
    ['ask comes before allow', 'allow Bash(git*)\nask Bash(git push*)', bash('git push'), 'ask'],
    ['what nobody named is left to Claude Code', 'deny Bash(git push*)', bash('git pull'), 'nothing'],
    [
      'a rule without a pattern is for every call',
      'deny WebFetch',
      { ...bash(''), tool: 'WebFetch', input: { url: 'x' } },
      'deny',
    ],
    ['a star in the name', 'ask mcp__db__*', { ...bash(''), tool: 'mcp__db__drop', input: {} }, 'ask'],
    ['any part is enough for deny', 'deny Bash(git push*)', bash('cd x && FOO=1 git  push -f; ls'), 'deny'],
    ['also in a substitution', 'deny Bash(git push*)', bash('echo $(git push)'), 'deny'],
    ['also behind sudo', 'deny Bash(rm -rf /*)', bash('sudo env X=1 rm -rf /usr'), 'deny'],
    ['also between quotes', 'deny Bash(git push*)', bash('git "push"'), 'deny'],
    ['also on another line', 'deny Bash(git push*)', bash('ls\ngit push'), 'deny'],
    ['every part has to be allowed', 'allow Bash(npm test*)', bash('npm test && curl evil'), 'nothing'],
    ['by several rules too', 'allow Bash(npm test*)\nallow Bash(ls*)', bash('npm test; ls -l'), 'allow'],
    ['nothing hidden is allowed', 'allow Bash(npm test*)', bash('npm test $(curl evil)'), 'nothing'],
    ['nor anything written elsewhere', 'allow Bash(npm test*)', bash('npm test > ~/.bashrc'), 'nothing'],
    ['nor another environment', 'allow Bash(npm test*)', bash('PATH=/tmp npm test'), 'nothing'],
    ['unless all of it is', 'allow Bash', bash('npm test > x'), 'allow'],
    ['a name is meant everywhere', 'deny Write(.env)', write('/code/shop/a/.env'), 'deny'],
    ['a path is relative to the project', 'allow Write(src/**)', write('src/a/b.ts'), 'allow'],
    ['and can not be left by dots', 'allow Write(src/**)', write('src/../../etc/passwd'), 'nothing'],
    ['a link is followed', 'deny Write(/etc/**)', write('link'), 'deny'],
    ['and has to be allowed itself', 'allow Write(/code/**)', write('link'), 'nothing'],
    ['home', 'deny Read(~/.ssh/**)', write('/home/dev/.ssh/id', 'Read'), 'deny'],
    ['another project', '[/code/other]\ndeny Bash\n', bash('ls'), 'nothing'],
    ['a project by a path with a link', '[/linked]\ndeny Bash', bash('ls'), 'deny'],
    ['a project by its way from home', '[~/shop]\ndeny Bash', bash('ls'), 'deny'],
    ['blanks in a header', '[ /code/shop ]\ndeny Bash', bash('ls'), 'deny'],
    ['a worktree of the project', '[/code/shop]\ndeny Bash', { ...bash('ls'), ...IN_TREE }, 'deny'],
    ['is what paths are relative to', 'allow Write(src/**)', { ...write('src/a'), ...IN_TREE }, 'allow'],
    [
      'and nothing is allowed beside it',
      'allow Write(src/**)',
      { ...write('/code/shop/src/a'), ...IN_TREE },
      'nothing',
    ],
    ['but denied', 'deny Write(src/**)', { ...write('/code/shop/src/a'), ...IN_TREE }, 'deny'],
    [
      'only a shell is asked by its command',
      'deny mcp__e__edit(*.env*)',
      { tool: 'mcp__e__edit', input: { command: 'view', path: '/x/.env' }, ...HERE },
      'deny',
    ],
    [
      'a file by its path, whatever else is in the call',
      'deny Read(.env)',
      { tool: 'Read', input: { command: 'ls', file_path: '.env' }, ...HERE },
      'deny',
    ],
    [
      'what watches a command is a shell, too',
      'deny Monitor(tail*)',
      { tool: 'Monitor', input: { command: 'cd x; tail -f y' }, ...HERE },
      'deny',
    ],
    ['a drive with either slash', 'deny Write(C:\\code\\**)', write('drive'), 'deny'],
    ['this project, then all', '[/code/shop]\nask Bash\n[*]\ndeny Bash(rm*)', bash('ls'), 'ask'],
  ] as [string, string, PolicyCall, string][])('%s', ([, text, call, said]) => {
    expect(verb(text, call)).toBe(said)
  })

  test('a grant lifts what asks, and never what denies', () => {
    const grants = [{ tool: 'Bash', pattern: 'git push*', source: 'Ann' }]
    const rules = policy('ask Bash(git*)\ndeny Bash(git push -f*)')
    expect(decide({ ...rules, grants }, bash('git push'), WORLD)).toMatchObject({ verb: 'allow', source: 'Ann' })
    expect(decide({ ...rules, grants }, bash('git push -f'), WORLD)?.verb).toBe('deny')
    expect(decide({ ...rules, grants }, bash('git push; rm x'), WORLD)?.verb).toBe('ask')
    expect(covers({ tool: 'Bash', pattern: 'git push*' }, bash('git pull'), WORLD)).toBe(false)
  })

  test('the reason names the rule and where it stands', () => {
    expect(decide(policy('# first\n\ndeny Bash(rm *)'), bash('rm x'), WORLD)).toEqual({
      verb: 'deny',
      reason: 'The policy says: deny Bash(rm *) (p:3).',
      standIn: { type: 'policy', rule: 'Bash(rm *)', source: 'p:3' },
      source: 'p:3',
    })
  })
})

describe('a policy that can not be read', () => {
  test.for([
    ['dney Bash', 'p:1', '"dney" is not deny, ask or allow'],
    ['deny Bash(', 'p:1', 'is not Tool or Tool(pattern)'],
    ['ask Bash\ndeny', 'p:2', 'is not Tool or Tool(pattern)'],
    ['[shop]\ndeny Bash', 'p:1', 'the whole path of a project'],
    ['ask Bash\n[ ]', 'p:2', 'the whole path of a project'],
    ['deny Bash()', 'p:1', 'is not Tool or Tool(pattern)'],
    [`deny Bash(${'x'.repeat(5_000)})`, 'p:1', 'longer than'],
  ] as const)('%s: names the line and denies everything', ([text, source, message]) => {
    const read = policy(text)
    expect(read.errors).toEqual([{ source, message: expect.stringContaining(message) }])
    const verdict = decide(read, bash('ls'), WORLD)
    expect(verdict).toMatchObject({ verb: 'deny', source })
    expect(verdict?.reason).toContain('nothing is run until it is corrected')
  })

  test("a project's own file may be stricter, never laxer", () => {
    const read = parsePolicy('deny Bash(rm*)\nallow Bash', 'shop/farhand.policy', { mayAllow: false })
    expect(read.errors).toEqual([{ source: 'shop/farhand.policy:2', message: expect.stringContaining('deny and ask') }])
  })

  test('Windows line ends, comments and blank lines are fine', () => {
    expect(policy('# a\r\n\r\n  ask  Bash(x #y)  \r\n')).toMatchObject({
      errors: [],
      rules: [{ verb: 'ask', tool: 'Bash', pattern: 'x #y', source: 'p:3' }],
    })
    expect(parseCall('Bash')).toEqual({ tool: 'Bash' })
  })
})
