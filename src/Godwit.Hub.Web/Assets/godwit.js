// What pages cannot do from the Hub: the clipboard, the clock of the viewer, storage of drafts, downloads.
window.godwit = {
    ready: () => {
        document.getElementById("starting")?.remove();
        document.documentElement.dataset.ready = "true";
        performance.mark("godwit-ready");
    },
    zone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    theme: () => document.documentElement.dataset.theme,
    setTheme: (theme) => {
        localStorage.setItem("godwit-theme", theme);
        document.documentElement.dataset.theme = theme;
    },
    copy: async (text) => {
        try {
            await navigator.clipboard.writeText(text);
            return true;
        } catch {
            const area = Object.assign(document.createElement("textarea"), { value: text });
            document.body.append(area);
            area.select();
            const done = document.execCommand("copy");
            area.remove();
            return done;
        }
    },
    keep: (key, text) => localStorage.setItem(key, text),
    kept: (key) => localStorage.getItem(key),
    forget: (key) => localStorage.removeItem(key),
    download: (name, type, text) => {
        const url = URL.createObjectURL(new Blob([text], { type }));
        const link = Object.assign(document.createElement("a"), { href: url, download: name });
        link.click();
        setTimeout(() => URL.revokeObjectURL(url), 10000);
    },
    print: () => window.print(),
    focus: (id) => document.getElementById(id)?.focus(),
};
