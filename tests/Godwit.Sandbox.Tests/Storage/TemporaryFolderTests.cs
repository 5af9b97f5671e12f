using Godwit.Sandbox.Storage;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Storage;

/// <summary>Folders of Sandboxes that were killed do not stay for ever.</summary>
public sealed class TemporaryFolderTests : IDisposable
{
    private readonly string parent = Directory.CreateTempSubdirectory("godwit-folders-").FullName;
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public void What_a_dead_process_has_left_is_removed_by_the_next_and_what_is_in_use_stays()
    {
        using var living = TemporaryFolder.Create(time, parent);
        var dead = Make("godwit-sandbox-dead", "in-use");
        var other = Make("godwit-sandbox-other", "data");
        var foreign = Make("somebody-elses", "in-use");
        using (TemporaryFolder.Create(time, parent))
        {
            Directory.Exists(dead).ShouldBeTrue("it may have been made this moment");
        }

        time.Advance(TimeSpan.FromMinutes(2));
        using var next = TemporaryFolder.Create(time, parent);
        Directory.Exists(dead).ShouldBeFalse();
        Directory.Exists(living.Path).ShouldBeTrue();
        Directory.Exists(other).ShouldBeTrue("no Sandbox has said that it is one of its own");
        Directory.Exists(foreign).ShouldBeTrue();
        Directory.EnumerateDirectories(parent).Count().ShouldBe(4);
    }

    public void Dispose() => Directory.Delete(parent, recursive: true);

    private string Make(string name, string file)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent, name)).FullName;
        File.WriteAllText(Path.Combine(folder, file), "");
        return folder;
    }
}
