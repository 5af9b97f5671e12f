using System.CommandLine;

var root = new RootCommand("Godwit moves a running MongoDB deployment to another one while applications keep writing.");
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
