namespace Godwit.Engine.Preflight;

/// <summary>
/// Which kinds of SCRAM credentials the source's user has (C04). Clients of every age sign in where there are both; that one is missing is
/// told, since the same users are wanted on the destination.
/// </summary>
internal static class ScramChecks
{
    private static readonly string[] Kinds = ["SCRAM-SHA-1", "SCRAM-SHA-256"];

    internal static Finding Check(ClusterFacts source)
    {
        const string id = "scram-source";
        if (source is not { User: { } user, Mechanisms: { } mechanisms })
        {
            return Finding.Passed(id, "Which credentials the source's user has is not told; they were accepted.");
        }

        var at = user.LastIndexOf('@');
        var missing = Kinds.Except(mechanisms).ToList();
        return missing.Count switch
        {
            0 => Finding.Passed(id, "The source's user has both kinds of SCRAM credentials."),
            1 => Finding.Warning(
                id,
                $"The source's user has no credentials for {missing[0]}.",
                $"On the source: db.getSiblingDB(\"{user[(at + 1)..]}\").updateUser(\"{user[..at]}\", {{ pwd: passwordPrompt(), mechanisms: [\"{Kinds[0]}\", \"{Kinds[1]}\"] }})"
            ),
            _ => Finding.Warning(
                id,
                $"The source's user signs in by {string.Join(", ", mechanisms)}, not by SCRAM.",
                "It works as long as this host can sign in that way; a user with a password needs nothing else."
            ),
        };
    }
}
