// Before anything is drawn: the theme that was chosen, or the system's.
(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const apply = () => {
        const chosen = localStorage.getItem("godwit-theme");
        document.documentElement.dataset.theme = chosen ?? (system.matches ? "dark" : "light");
    };
    apply();
    system.addEventListener("change", apply);
})();
