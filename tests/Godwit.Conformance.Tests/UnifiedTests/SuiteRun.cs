using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>Runs the cases of a suite on a server, notes each verdict and fails on those that are not as the lists say.</summary>
internal static class SuiteRun
{
    private const int LanesMax = 3;
    private const int LaneCasesMax = 80;
    private static readonly TimeSpan CaseTime = TimeSpan.FromSeconds(45);

    /// <summary>Runs the cases and fails where one of them is a surprise.</summary>
    /// <param name="suite">The suite's name in the lists.</param>
    /// <param name="share">How many of the cases that run must pass.</param>
    /// <param name="cases">All its cases.</param>
    /// <param name="start">Starts a server.</param>
    public static async Task JudgeAsync(
        string suite,
        double share,
        IEnumerable<SpecCase> cases,
        Func<Task<ServerUnderTest>> start
    )
    {
        var expected = new ExpectedFailures();
        var all = cases.ToList();
        var verdicts = await Task.WhenAll(Lanes(all).Select(lane => RunAsync(lane, expected, start)));
        var results = verdicts.SelectMany(lane => lane).OrderBy(result => all.IndexOf(result.Case)).ToList();
        ConformanceReport.Add(suite, results, expected);
        var surprises = Surprises(suite, results, expected).ToArray();
        await WriteDetailsAsync(suite, results);
        surprises.ShouldBeEmpty();
        var runnable = results.Count(r => r.IsRunnable);
        var passed = results.Count(r => r.Verdict == Verdict.Passed);
        ((double)passed).ShouldBeGreaterThanOrEqualTo(share * runnable, $"of {runnable} runnable cases");
    }

    // A driver waits half a second after many errors before it looks for a server again: large suites run on several servers at once.
    private static IEnumerable<IEnumerable<SpecCase>> Lanes(List<SpecCase> cases)
    {
        var count = ServerUnderTest.CanBeMany && cases.Count > LaneCasesMax ? LanesMax : 1;
        return cases
            .GroupBy(specCase => specCase.File)
            .Select((file, index) => (Lane: index % count, Cases: file.ToList()))
            .GroupBy(file => file.Lane, file => file.Cases)
            .Select(lane => lane.SelectMany(file => file));
    }

    private static async Task<List<CaseResult>> RunAsync(
        IEnumerable<SpecCase> cases,
        ExpectedFailures expected,
        Func<Task<ServerUnderTest>> start
    )
    {
        await using var server = await start();
        using var servers = new Administration(server.ConnectionString);
        var facts = await ServerFacts.ReadAsync(servers.Client);
        var results = new List<CaseResult>();
        foreach (var specCase in cases)
        {
            results.Add(
                facts.WhyNot(specCase) is { } why
                    ? new CaseResult(specCase, Verdict.OtherServer, why)
                    : await RunTwiceIfNeedBeAsync(specCase, expected, servers)
            );
        }

        return results;
    }

    // Cases rest on deadlines a few tens of milliseconds apart, which a busy machine misses: what fails by that passes another time.
    private static async Task<CaseResult> RunTwiceIfNeedBeAsync(
        SpecCase specCase,
        ExpectedFailures expected,
        Administration servers
    )
    {
        var result = await RunAsync(specCase, new CaseRunner(servers));
        return result.Verdict == Verdict.Failed && expected.ReasonFor(specCase.Name) is null
            ? await RunAsync(specCase, new CaseRunner(servers))
            : result;
    }

    private static async Task<CaseResult> RunAsync(SpecCase specCase, CaseRunner runner)
    {
        try
        {
            await runner.RunAsync(specCase).WaitAsync(CaseTime, TestContext.Current.CancellationToken);
            return new CaseResult(specCase, Verdict.Passed, "");
        }
        catch (NotExpressibleException e)
        {
            return new CaseResult(specCase, Verdict.NotExpressible, e.Message);
        }
        catch (Exception e)
            when (e is not OperationCanceledException || !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            var cause = e.InnerException is { } inner ? $" ({inner.GetType().Name}: {inner.Message})" : "";
            return new CaseResult(specCase, Verdict.Failed, $"{e.GetType().Name}: {e.Message}{cause}");
        }
    }

    private static IEnumerable<string> Surprises(string suite, List<CaseResult> results, ExpectedFailures expected)
    {
        foreach (var result in results.Where(r => r.IsRunnable))
        {
            var isListed = expected.ReasonFor(result.Case.Name) is not null;
            if (isListed == (result.Verdict == Verdict.Passed))
            {
                yield return isListed
                    ? $"PASSES, take it off the list: {result.Case.Name}"
                    : $"{result.Case.Name}\n      {result.Why}";
            }
        }

        var names = results.Where(r => r.IsRunnable).Select(r => r.Case.Name).ToHashSet();
        foreach (
            var name in expected.Names.Where(name =>
                name.StartsWith(suite + "/", StringComparison.Ordinal) && !names.Contains(name)
            )
        )
        {
            yield return $"listed, but there is no such runnable case: {name}";
        }
    }

    /// <summary>Every case with its verdict, for whoever works on the Sandbox.</summary>
    private static Task WriteDetailsAsync(string suite, List<CaseResult> results)
    {
        var folder = Directory.CreateDirectory(Path.Combine(SharedData.RepositoryRoot(), "artifacts", "conformance"));
        return File.WriteAllLinesAsync(
            Path.Combine(folder.FullName, suite + ".tsv"),
            results.Select(r => $"{r.Verdict}\t{r.Case.Name}\t{r.Why.ReplaceLineEndings(" ")}")
        );
    }
}
