// The little of a page that the pure modules look at when they are loaded.
globalThis.document = { documentElement: { lang: 'ko' }, body: { addEventListener() {} } }
