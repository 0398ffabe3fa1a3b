import { defineConfig, includeIgnoreFile } from 'eslint/config'
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'
import { configs, parser } from 'typescript-eslint'
import { arrows } from './eslint.arrows.ts'

/** The one component that puts HTML into the page: Markdown that has passed the sanitizer. */
const HTML_COMPONENT = 'packages/web/src/components/base/MarkdownText.vue'

const TYPED = ['**/*.ts', '**/*.vue']
const TESTS = ['**/*.test.ts', '**/*.test-d.ts', 'packages/*/test/**/*.ts', 'e2e/**/*.ts']

/** Files that take components in their hands. */
const COMPONENT_IMPORTS = ['**/*.vue', 'packages/web/src/page.ts', 'packages/web/src/router.ts']

export default defineConfig(
  includeIgnoreFile(`${import.meta.dirname}/.gitignore`),
  {
    name: 'farhand/no-exceptions-in-comments',
    linterOptions: { noInlineConfig: true },
  },
  {
    name: 'farhand/javascript',
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-debugger': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable': 'error',
      'no-unreachable-loop': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    name: 'farhand/web',
    files: ['packages/web/**/*.{ts,vue}'],
    extends: [vue.configs['flat/recommended'], accessibility.configs['flat/recommended']],
    rules: {
      ...layoutRulesOff(),
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/component-name-in-template-casing': ['error', 'PascalCase', { registeredComponentsOnly: false }],
      'vue/define-props-declaration': 'error',
      'vue/define-emits-declaration': 'error',
      'vue/no-undef-components': ['error', { ignorePatterns: ['RouterLink', 'RouterView'] }],
      'vue/no-v-html': 'error',
      // An absent prop is `undefined` in the types already; a default of `undefined` beside it says nothing.
      'vue/require-default-prop': 'off',
      // Our labels either wrap their field or name it; both at once is not needed.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  {
    name: 'farhand/the-html-component',
    files: [HTML_COMPONENT],
    rules: {
      'vue/no-v-html': 'off',
      // It listens for clicks on the links and buttons inside that HTML; the keyboard reaches those themselves.
      'vuejs-accessibility/click-events-have-key-events': 'off',
      'vuejs-accessibility/no-static-element-interactions': 'off',
    },
  },
  {
    name: 'farhand/typescript',
    files: TYPED,
    extends: [configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An interface may be async where one of its implementations needs no await.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowRegExp: true },
      ],
      // Our objects are closures: their methods know no `this`, and are handed on freely.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    name: 'farhand/vue-typescript',
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser(), parserOptions: { parser } },
  },
  {
    // Tests look at answers of unknown shape; the assertion is the check.
    name: 'farhand/tests',
    files: TESTS,
    rules: unknownShapesAllowed(),
  },
  {
    // Plain TypeScript can't see into components; vue-tsc can, and checks these files.
    name: 'farhand/component-imports',
    files: COMPONENT_IMPORTS,
    rules: unknownShapesAllowed(),
  },
  ...arrows,
)

/** oxfmt owns the layout; the plugin keeps the list of its own rules that would argue with it. */
function layoutRulesOff() {
  return vue.configs['no-layout-rules'].rules
}

/** The TypeScript preset takes all files for its own parser; Vue files need Vue's, which hands the script on. */
function vueParser() {
  return vue.configs['flat/base'].find((part) => part.name === 'vue/base/setup-for-vue').languageOptions.parser
}

function unknownShapesAllowed() {
  const rules = ['argument', 'assignment', 'call', 'member-access', 'return']
  return Object.fromEntries(rules.map((rule) => [`@typescript-eslint/no-unsafe-${rule}`, 'off']))
}
