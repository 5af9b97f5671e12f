// Connects the page, and goes on trying as long as the page is open: a Hub that was restarted does not know the page any more, which then
// loads itself anew with its drafts.
(() => {
    Blazor.start({
        circuit: {
            reconnectionOptions: {
                maxRetries: 100000,
                retryIntervalMilliseconds: (tried) => Math.min(500 + tried * 250, 5000),
            },
        },
    });
    document.getElementById("components-reconnect-modal")?.addEventListener("components-reconnect-state-changed", (event) => {
        const dialog = event.currentTarget;
        switch (event.detail.state) {
            case "show":
                if (!dialog.open) dialog.showModal();
                break;
            case "hide":
                dialog.close();
                break;
            case "failed":
            case "rejected":
            case "resume-failed":
                location.reload();
                break;
        }
    });
})();
