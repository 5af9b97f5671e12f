using Godwit.Testing;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>MongoDB's driver specification tests, run as data against a Sandbox: what a real driver relies on.</summary>
public sealed class UnifiedSuiteTests
{
    private static readonly TimeSpan CaseTime = TimeSpan.FromSeconds(45);

    [Theory]
    [InlineData("crud", 0.95)]
    [InlineData("change-streams", 0.95)]
    [InlineData("transactions", 0.95)]
    [InlineData("sessions", 0.95)]
    [InlineData("retryable-reads", 0.95)]
    [InlineData("retryable-writes", 0.95)]
    [InlineData("transactions-convenient-api", 0.8)]
    [InlineData("causal-consistency", 0.8)]
    [InlineData("collection-management", 0.8)]
    [InlineData("gridfs", 0.8)]
    [InlineData("index-management", 0.8)]
    [InlineData("read-write-concern", 0.8)]
    [InlineData("run-command", 0.8)]
    [InlineData("versioned-api", 0.8)]
    [InlineData("unified-valid-pass", 0.8)]
    [InlineData("sdam-unified", 0)]
    [InlineData("handshake", 0)]
    public async Task A_suite_of_the_driver_specifications_runs_as_far_as_it_is_said_to(string suite, double share)
    {
        var folder = SharedData.SpecificationTests(suite);
        await using var server = await ServerUnderTest.StartAsync();
        var expected = new ExpectedFailures();
        var results = await RunAsync(SpecCase.ReadSuite(folder), server.ConnectionString);
        ConformanceReport.Add(suite, results, expected);
        var surprises = Surprises(suite, results, expected).ToArray();
        await WriteDetailsAsync(suite, results);
        surprises.ShouldBeEmpty();
        var runnable = results.Count(r => r.IsRunnable);
        var passed = results.Count(r => r.Verdict == Verdict.Passed);
        ((double)passed).ShouldBeGreaterThanOrEqualTo(share * runnable, $"of {runnable} runnable cases");
    }

    private static async Task<List<CaseResult>> RunAsync(IEnumerable<SpecCase> cases, string connectionString)
    {
        using var administrator = new MongoClient(connectionString);
        var facts = await ServerFacts.ReadAsync(administrator);
        var results = new List<CaseResult>();
        foreach (var specCase in cases)
        {
            results.Add(
                facts.WhyNot(specCase) is { } why
                    ? new CaseResult(specCase, Verdict.OtherServer, why)
                    : await RunAsync(specCase, new CaseRunner(connectionString, administrator))
            );
        }

        return results;
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
